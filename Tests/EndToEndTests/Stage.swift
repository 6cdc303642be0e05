import API
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCluster
import Model
import Synchronization
import Testing

@testable import understudy

/// A local cluster with production in it, and the real scheduler as a process, on ports and a folder of its own.
final class Stage: Sendable {
    static let suiteArguments = [
        "--source", "guestbook", "--suite-image", DemoCluster.suiteImage, "--env", "EXPECTED_GUESTS=3",
    ]

    let demo: DemoStage
    private let url = Mutex("")
    /// As the user wrote them down: who has one needs the scheduler no more.
    private let logins = Mutex<[RunID: LoginView]>([:])

    /// Where the scheduler's API is.
    var address: String { url.withLock { $0 } }

    private init(demo: DemoStage) { self.demo = demo }

    /// Sets the stage, lets the test play on it, and clears it whatever happens.
    static func play(
        firstPort: UInt16,
        nodes: Int = 1,
        settings: LocalClusterSettings = LocalClusterSettings(),
        cassandra: RealCassandra? = nil,
        _ body: (Stage) async throws -> Void
    ) async throws {
        let directory = "/tmp/understudy-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }  // what is left is the test's, not the user's
        let stage = Stage(
            demo: try DemoStage(
                directory: directory,
                program: Self.program,
                cassandra: cassandra,
                parts: DemoCluster(firstPort: firstPort, nodes: nodes),
                settings: settings
            )
        )
        let result: Result<Void, any Error>
        do {
            try await stage.demo.cluster.start()
            try await stage.demo.startProduction()
            try await stage.makeGuestbook()
            result = .success(try await body(stage))
        } catch {
            result = .failure(error)
        }
        if case .failure = result { print("the scheduler's last words:\n\(stage.demo.lastWords())") }
        await stage.demo.clear()
        try result.get()
    }

    /// The folder that all of the project is in.
    static var sources: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// The program that was built beside the tests, or the one that a long check is to be made of.
    static var program: String {
        get throws {
            if let program = environmentVariable("UNDERSTUDY_PROGRAM") { return program }
            let tests = try ownPath()
            let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
            return "/\(folder)/understudy"
        }
    }

    /// Runs a program beside any stage; its standard output and standard error together.
    static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let lines = Mutex<[String]>([])
        // The Swift runtime is where the tests found theirs.
        let own = ["LD_LIBRARY_PATH": environmentVariable("LD_LIBRARY_PATH") ?? ""]
        let process = try ChildProcess(
            program,
            arguments,
            environment: own.merging(environment) { _, given in given },
            output: .lines { line, _ in lines.withLock { $0.append(line) } }
        )
        return (await process.wait(), lines.withLock { $0.joined(separator: "\n") })
    }

    // MARK: what the operator does

    /// Starts the scheduler and waits until it can act, or, where it will not be able to, until it listens.
    func start(
        sources: String = DemoCluster.sources,
        listen: String = "127.0.0.1:0",
        more: [String] = [],
        ableToAct: Bool = true,
        logged: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        let address = try await demo.startScheduler(sources: sources, listen: listen, more: more, logged: logged)
        url.withLock { $0 = address }
        guard ableToAct else { return }
        try await until("the scheduler can act") { try await client { try await $0.health().isAbleToAct } }
    }

    /// Starts the scheduler with nothing but what is given, as Marathon does, and waits until it listens.
    func start(arguments: [String], environment: [String: String]) async throws {
        let address = try await demo.startScheduler(arguments, environment: environment)
        url.withLock { $0 = address }
    }

    // MARK: what the user does

    /// Runs a command of ours against this scheduler; its standard output and standard error together.
    func understudy(_ arguments: String...) async throws -> (ending: ChildProcess.Ending, output: String) {
        try await understudy(arguments)
    }

    func understudy(_ arguments: [String]) async throws -> (ending: ChildProcess.Ending, output: String) {
        let lines = Mutex<[String]>([])
        let address = url.withLock { $0 }
        let ending = try await demo.run(arguments + ["--url", address]) { line in lines.withLock { $0.append(line) } }
        return (ending, lines.withLock { $0.joined(separator: "\n") })
    }

    func run(
        _ command: String,
        key: String,
        _ more: String...,
        cancel: Int32 = SIGINT,
        line: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> (ChildProcess.Ending, String) {
        let lines = Mutex<[String]>([])
        let address = url.withLock { $0 }
        let arguments = ["run", "--url", address, "--wait", "--key", key, "--command", command] + Self.suiteArguments
        let ending = try await demo.run(arguments + more, cancel: cancel) { text in
            lines.withLock { $0.append(text) }
            line(text)
        }
        return (ending, lines.withLock { $0.joined(separator: "\n") })
    }

    /// A suite that begins its work once it is told to, and in five minutes at the latest: whoever looks for it while it
    /// runs finds it, on a busy machine too.
    var heldSuite: String {
        "for i in $(seq 3000); do [ -e '\(heldSuiteFile)' ] && break; sleep 0.1; done; guestbook-suite"
    }

    private var heldSuiteFile: String { "\(demo.directory)/go-on" }

    /// Tells it to.
    func letSuiteGoOn() async throws { _ = try await demo.shell("touch '\(heldSuiteFile)'") }

    func submit(_ command: String, key: String) async throws -> RunID {
        let request = RunRequest(
            key: key,
            source: SourceName("guestbook"),
            suite: RunRequest.Suite(image: DemoCluster.suiteImage, command: command, env: ["EXPECTED_GUESTS": "3"])
        )
        return try await client { try await $0.submit(request).run.id }
    }

    /// Every run that the scheduler knows.
    func runs() async throws -> [RunView] {
        try await client { client in
            var views: [RunView] = []
            var query = RunsQuery(limit: 500)
            while true {
                let page = try await client.runs(query)
                views += page.runs
                guard let next = page.next else { return views }
                query.after = next
            }
        }
    }

    func view(_ id: RunID) async throws -> RunView { try await client { try await $0.run(id) } }

    func client<Value>(_ body: (APIClient) async throws -> Value) async throws -> Value {
        let client = try APIClient(url: url.withLock { $0 }, http: HTTPClient())
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        return try result.get()
    }

    // MARK: what the tests look at

    /// How many guests there are.
    static let count = "SELECT count(*) FROM guestbook.guests"
    /// What a suite may do to a copy.
    static let empty = "TRUNCATE guestbook.guests"

    /// Production's table, with three guests.
    private func makeGuestbook() async throws {
        let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
        let statements = [
            "CREATE KEYSPACE guestbook WITH replication = \(replication)",
            """
            CREATE TABLE guestbook.guests (book text, signed timestamp, id uuid, name text, message text,
                PRIMARY KEY (book, signed, id)) WITH CLUSTERING ORDER BY (signed DESC, id ASC)
            """,
        ]
        let names = ["Ada", "Grace", "Zoë"]
        // Stand-ins share members and nothing else: of a ring, each has its own table and its own row.
        let sharesNothing = demo.parts.nodes > 1 && demo.cassandra == nil
        for node in sharesNothing ? demo.parts.production : Array(demo.parts.production.prefix(1)) {
            let own = sharesNothing ? [names[node.place]] : names
            try await cql(host: node.host, port: demo.parts.productionPort, statements + own.map(Self.signing))
        }
    }

    private static func signing(_ name: String) -> String {
        "INSERT INTO guestbook.guests (book, signed, id, name) VALUES ('lobby', currentTimestamp(), uuid(), '\(name)')"
    }

    /// A guest signs production's book.
    func sign(_ name: String) async throws {
        try await onProduction([Self.signing(name)])
    }

    /// Speaks to production's database.
    func database(_ statements: String...) async throws -> [String] {
        try await onProduction(statements)
    }

    /// Speaks to one node of production.
    func database(on node: DemoCluster.ProductionNode, _ statements: String...) async throws -> [String] {
        try await cql(host: node.host, port: demo.parts.productionPort, statements)
    }

    @discardableResult
    private func onProduction(_ statements: [String]) async throws -> [String] {
        try await cql(host: DemoCluster.productionHost, port: demo.parts.productionPort, statements)
    }

    /// Speaks to a copy's database.
    func call(_ endpoint: RunView.Endpoint, _ statements: String...) async throws -> [String] {
        guard endpoint.user.hasPrefix("ci_") else {
            return try await cql(host: endpoint.host, port: endpoint.port, statements)
        }
        let run = RunID(String(endpoint.user.dropFirst("ci_".count)))
        let known = logins.withLock { $0[run] }
        let login: LoginView
        if let known { login = known } else { login = try await client { try await $0.login(run) } }
        logins.withLock { $0[run] = login }
        let environment = ["CASSANDRA_USER": login.user, "CASSANDRA_PASSWORD": login.password]
        return try await cql(host: endpoint.host, port: endpoint.port, statements, environment)
    }

    @discardableResult
    private func cql(
        host: String,
        port: UInt16,
        _ statements: [String],
        _ environment: [String: String] = [:]
    ) async throws -> [String] {
        let quoted = statements.map { "\"\($0)\"" }.joined(separator: " ")
        // A real one boots for a while, and joins its ring for longer.
        let within = demo.cassandra == nil ? "30s" : "5m"
        let command = "'\(demo.program)' cql --host \(host) --port \(port) --within \(within) \(quoted)"
        let (ending, lines) = try await demo.attempt(command, environment: environment)
        guard ending == .exited(0) else { throw DemoFault("\(command) failed: \(lines)") }
        return lines.split(separator: "\n").map(String.init)
    }

    /// Production learns of another node of its ring.
    func addPeer(_ address: String) async throws {
        try await onProduction([
            "INSERT INTO system.peers (peer, data_center, rack, rpc_address, release_version, tokens, host_id, "
                + "schema_version) VALUES ('\(address)', 'datacenter1', 'rack1', '\(address)', '3.11.11', {'1'}, "
                + "uuid(), uuid())"
        ])
    }

    /// Of every byte and every name of production's volume.
    func checksum() async throws -> String {
        let directory = try #require(demo.cluster.directory(ofVolumeNamed: DemoCluster.volume))
        return try await demo.shell("cd '\(directory)' && find . -type f | sort | xargs sha256sum")
    }

    /// True when only production is there.
    func isClean() async -> Bool {
        let tasks = await demo.cluster.runningTasks
        let production = demo.parts.production.map(\.volume)
        return demo.cluster.volumeNames == production && tasks == production.count
    }

    /// Looks until it is so.
    func until(_ what: String, within limit: Duration = .seconds(120), _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isSo() {
            try #require(ContinuousClock.now < deadline, "it never came to this: \(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
