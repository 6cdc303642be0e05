import ArgumentParser
import Glibc
import Logging
import Model

/// The command `understudy scheduler`.
struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler",
        abstract: "Runs the scheduler until SIGTERM; runs that are under way go on without it.",
        discussion: """
            Every option can also be given as an environment variable, UNDERSTUDY_MASTER for --master and so on.

            Exits with 0 when stopped, 64 for a mistake in the use, 69 when something it needs cannot be had, 70 for a \
            fault of its own, 75 when another scheduler took over, 78 for its configuration or its store.
            """
    )

    @Option(help: "The Mesos masters: host:port, or several with commas between.")
    var master: String?

    @Option(help: "The OpenStorage SDK gateway of Portworx, http://host:port.")
    var portworx: String?

    @Option(help: "Where state is kept: sqlite:PATH, or zk://HOST:PORT,…/dcos-service-NAME, where others may stand by.")
    var state: String?

    @Option(
        help: "The file with user:password for ZooKeeper; the state is for those alone then. (default: for everybody)"
    )
    var stateCredentials: String?

    @Option(help: "How long ZooKeeper waits for a scheduler before another may take over. (default: 10s)")
    var stateSession: String?

    @Option(help: "Where the API listens, host:port; port 0 picks one and prints it. (default: 127.0.0.1:8642)")
    var listen: String?

    @Option(help: "The sources, a JSON file or URL.")
    var sources: String?

    @Option(help: "The address that others reach the API at. (default: where it listens)")
    var advertise: String?

    @Option(help: "The helper copyboot, which seals copies. (default: the one beside this program)")
    var helper: String?

    @Option(help: "Where agents fetch the helper from. (default: from this scheduler, at the address of --advertise)")
    var helperUrl: String?

    @Option(help: "The service's name. (default: understudy)")
    var name: String?

    @Option(help: "The Mesos role. (default: *)")
    var role: String?

    @Option(help: "The user that tasks run as. (default: this process's own)")
    var user: String?

    @Option(help: "The Mesos principal.")
    var principal: String?

    @Option(help: "How long tasks live on without a scheduler. (default: 2w)")
    var failoverTimeout: String?

    @Option(help: "How long a volume of ours that is in no ledger is left alone before it is deleted. (default: 10m)")
    var orphanGrace: String?

    @Option(help: "How long somebody may have a copy attached that is to go before it counts as stuck. (default: 5m)")
    var stuckAfter: String?

    @Option(
        help: "The file of tokens that callers of the API need; read again when it changes. (default: they need none)"
    )
    var tokens: String?

    @Option(help: "How long ended runs are remembered. (default: 7d)")
    var historyKept: String?

    @Option(help: "How many ended runs are remembered, to within a hundred or so. (default: 10000)")
    var historyMax: String?

    @Flag(help: "Let whoever reaches the API use it, also from other machines, without tokens.")
    var insecureNoAuth = false

    func run() async throws {
        let logger = Logger(label: "understudy") { JSONLineLog(label: $0, level: .info) }
        do {
            let configuration = try SchedulerConfiguration(self, environment: environmentVariable)
            try await SchedulerService(configuration, logger: logger).run()
        } catch let exit as ServiceExit {
            logger.critical(
                "stopping",
                metadata: ["error.code": "\(exit.code)", "error.cause": "\(exit.message)"]
            )
            throw exit.status
        }
    }
}

/// A variable of this process's environment; nil when it is not set or empty.
func environmentVariable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}
