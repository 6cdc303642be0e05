import ArgumentParser
import Glibc
import Logging

/// The command `understudy scheduler`.
struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler",
        abstract: "Runs the scheduler until SIGTERM; runs that are under way go on without it.",
        discussion: """
            Every option can also be given as an environment variable, UNDERSTUDY_MASTER for --master and so on; \
            'understudy settings' lists them.

            Exits with 0 when stopped, 64 for a mistake in the use, 69 when something it needs cannot be had, 70 for a \
            fault of its own, 75 when another scheduler took over, 78 for its configuration or its store.
            """
    )

    @OptionGroup var options: SchedulerOptions

    func run() async throws {
        var logger = Logger(label: "understudy") { JSONLineLog(label: $0, level: .info) }
        do {
            let configuration = try SchedulerConfiguration(given: options.given, environment: environmentVariable)
            logger.logLevel = configuration.logLevel
            try await SchedulerService(configuration, logger: logger).run()
        } catch let exit as ServiceExit {
            for problem in exit.problems {
                logger.critical("a setting is wrong", metadata: ["setting.problem": "\(problem)"])
            }
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
