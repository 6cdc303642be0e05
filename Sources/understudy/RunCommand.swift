import API
import ArgumentParser
import Model

/// Asks for a run: `understudy run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a suite against a fresh copy of a source.",
        discussion: """
            With --wait, exits with 0 when the suite passed (or the run was released), 1 when it failed, 2 for a mistake \
            in the request, 3 when the infrastructure or the scheduler failed, 4 when the run was cancelled or its lease \
            ended, 124 when --timeout ran out; the run goes on then. Ctrl-C ends the run, a second one only the waiting.

            A flag counts more than the variable that its help names.
            """
    )

    @Option(help: "The data set to copy. (default: $UNDERSTUDY_SOURCE)", transform: sourceName)
    var source: SourceName?

    @Option(help: "The Docker image that the suite runs in. (default: $UNDERSTUDY_SUITE_IMAGE)")
    var suiteImage: String?

    @Option(help: "The suite: a shell command. (default: $UNDERSTUDY_COMMAND)")
    var command: String?

    @Option(help: ArgumentHelp("A variable for the suite; repeatable.", valueName: "name=value"))
    var env: [EnvironmentVariable] = []

    @Flag(help: "Hand out the copy's endpoint, until released or out of its lease, instead of running a suite.")
    var service = false

    @Flag(help: "Say what would be made and where it would fit now; make nothing.")
    var dryRun = false

    @Flag(help: "Wait for the result, and tell what happens.")
    var wait = false

    @Option(help: "The same key gives the same run, so that a pipeline's retry is safe. (default: a random one)")
    var key: String?

    @Option(
        help: "How long the run may live: 90s, 30m, 2h, 7d. (default: $UNDERSTUDY_LEASE, or the source's)",
        transform: span
    )
    var lease: Span?

    @Option(
        help: "How long to keep the clone when the suite fails. (default: $UNDERSTUDY_KEEP_ON_FAILURE, or not at all)",
        transform: span
    )
    var keepOnFailure: Span?

    @Option(help: ArgumentHelp("Use the snapshot of an earlier run.", valueName: "run"))
    var sameDataAs: String?

    @Option(help: "How long to wait at most. (default: $UNDERSTUDY_TIMEOUT, or 30m)", transform: span)
    var timeout: Span?

    @Option(
        help: ArgumentHelp(
            "With --wait: write CASSANDRA_HOST, CASSANDRA_PORT, CASSANDRA_CONTACT_POINTS and UNDERSTUDY_RUN to this dotenv file once they are known.",
            valueName: "file"
        ),
        completion: .file()
    )
    var envFile: String?

    @Option(help: ArgumentHelp("With --wait: write the suite's report to this file.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Where the suite leaves it, in $MESOS_SANDBOX.", valueName: "path"))
    var junitPath = "report.xml"

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard envFile == nil || wait else { throw ValidationError("--env-file is written by --wait alone") }
        let parameters = try Parameters(self, environmentVariable)
        if service {
            guard suiteImage == nil, command == nil, env.isEmpty else {
                throw ValidationError("--service runs no suite: leave --suite-image, --command and --env out")
            }
        } else if parameters.suiteImage == nil || parameters.command == nil {
            throw ValidationError("give --suite-image and --command, or --service")
        }
        guard !dryRun || !wait else { throw ValidationError("--dry-run makes nothing to --wait for") }
        guard parameters.timeout > .zero else { throw ValidationError("--timeout has to be longer than nothing") }
        if let sameDataAs { _ = try runID(sameDataAs) }
        if let report {
            guard wait, !service else { throw ValidationError("--junit needs --wait and a suite") }
            try report.validate()
        }
        let names = env.map(\.name)
        guard Set(names).count == names.count else { throw ValidationError("a variable is given twice with --env") }
    }

    func run() async throws {
        let parameters = try Parameters(self, environmentVariable)
        let request = try request(parameters)
        guard !dryRun else { return try await forecast(request) }
        let asJSON = client.json
        let endpointFile = try endpointFile()
        try await client.withClient { client in
            let session = RunSession(
                client: client,
                request: request,
                said: asJSON ? .standardError : .standardOutput,
                endpointFile: endpointFile
            )
            let ending = try await wait ? session.wait(timeout: parameters.timeout) : session.submit()
            if let report, let view = ending.view, view.result != nil {
                await report.fetch(of: view.id, client, said: session.said)
            }
            if asJSON, let view = ending.view { try Output.standardOutput.json(view) }
            // Whoever comes after looks for the file.
            if ending.code == .success, endpointFile?.fault != nil { throw ExitCodes.infrastructure }
            throw ending.code
        }
    }

    private var report: SuiteReport? { junit.map { SuiteReport(file: $0, path: junitPath) } }

    private func endpointFile() throws -> EndpointFile? {
        guard let envFile else { return nil }
        do {
            return try EndpointFile(envFile)
        } catch {
            throw ValidationError("--env-file: \(error)")
        }
    }

    private func request(_ parameters: Parameters) throws -> RunRequest {
        let environment = Dictionary(env.map { ($0.name, $0.value) }) { first, _ in first }
        var suite: RunRequest.Suite?
        if let image = parameters.suiteImage, let command = parameters.command {
            suite = RunRequest.Suite(image: image, command: command, env: environment)
        }
        return RunRequest(
            key: key ?? Self.randomKey(),
            source: parameters.source,
            suite: suite,
            lease: parameters.lease,
            keepOnFailure: parameters.keepOnFailure,
            sameDataAs: try sameDataAs.map { try runID($0) }
        )
    }

    /// 128 bits, so that no two requests ever share one by chance.
    static func randomKey() -> String {
        let halves = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }
        return "cli-\(halves.joined(separator: "-"))"
    }
}

/// `NAME=VALUE`; what a name may be is the server's question.
struct EnvironmentVariable: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        let pair = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty else { return nil }
        name = String(pair[0])
        value = String(pair[1])
    }
}

/// Reads a length of time from the command line.
func span(_ text: String) throws -> Span {
    guard let span = Span(text) else {
        throw ValidationError("a length of time is 90s, 30m, 2h, 7d or 2w, not '\(text)'")
    }
    return span
}
