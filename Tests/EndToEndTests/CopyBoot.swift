import CQL
import CQLClient
import Cassandra
import Digest
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import PasswordHash
import StandIn
import Synchronization
import Testing

@testable import understudy

/// The built helper on a copy of a stand-in's volume, without a scheduler: as a container would run it.
final class CopyBoot: Sendable {
    static let password = Secret("pA55w0rd")

    let folder: String
    let ports: BootOrder.Ports
    private let lines = Mutex<[String]>([])

    /// The volume that is booted.
    var volume: String { "\(folder)/volume" }
    /// What the helper has said.
    var said: String { lines.withLock { $0.joined(separator: "\n") } }

    private init(folder: String, firstPort: UInt16) throws {
        self.folder = folder
        ports = try #require(BootOrder.Ports(host: (0..<5).map { firstPort + $0 }))
    }

    /// Makes a volume whose node knows a peer at 127.0.0.3, lets the test play with it, and clears it away.
    static func play(
        firstPort: UInt16,
        production: [String] = [],
        _ body: (CopyBoot) async throws -> Void
    ) async throws {
        try await withFolder(firstPort: firstPort) { boot in
            try await boot.makeVolume(production)
            try await body(boot)
        }
    }

    /// Lets the test play with a clone of the volume, which has a sandbox of its own, and clears it away.
    func cloned(firstPort: UInt16, _ body: (CopyBoot) async throws -> Void) async throws {
        try await Self.withFolder(firstPort: firstPort) { clone in
            try FileManager.default.copyItem(atPath: volume, toPath: clone.volume)
            try await body(clone)
        }
    }

    /// What the helper has left in the volume.
    var marker: SealMarker {
        get throws {
            let text = try String(contentsOfFile: "\(volume)/\(SealMarker.file)", encoding: .utf8)
            return try #require(SealMarker(text))
        }
    }

    /// With an image, a sandbox, and no volume yet.
    private static func withFolder(
        firstPort: UInt16,
        _ body: (CopyBoot) async throws -> Void
    ) async throws {
        let folder = "/tmp/understudy-seal-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: "\(folder)/sandbox", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's
        let boot = try CopyBoot(folder: folder, firstPort: firstPort)
        try DemoImages(guestbook: nil, program: Stage.program, cassandra: nil).write(to: folder)
        try await body(boot)
    }

    private func makeVolume(_ production: [String]) async throws {
        try StandInDatabase.initialise(directory: volume, identity: StandInIdentity(clusterName: "guestbook"))
        for name in ["hints", "saved_caches"] {
            try FileManager.default.createDirectory(atPath: "\(volume)/\(name)", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: "\(volume)/\(name)/old"))
        }
        try await writeAsProduction(
            [
                "INSERT INTO system.peers (peer, data_center, rack, rpc_address, release_version, tokens, host_id,"
                    + " schema_version) VALUES ('127.0.0.3', 'datacenter1', 'rack1', '127.0.0.3', '3.11.11', {'1'},"
                    + " uuid(), uuid())",
                "CREATE KEYSPACE guestbook WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
                "CREATE KEYSPACE part WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
                "CREATE TABLE guestbook.guests (id int PRIMARY KEY, name text)",
                "INSERT INTO guestbook.guests (id, name) VALUES (1, 'Ada')",
            ] + production
        )
    }

    /// Runs statements on the volume before it becomes a copy's, in this process.
    private func writeAsProduction(_ statements: [String]) async throws {
        var database = StandInDatabase(
            directory: volume,
            host: "127.0.0.1",
            port: 0,
            identity: StandInIdentity(clusterName: "guestbook")
        ) { _ in }
        database.storagePort = 0
        let (found, feed) = AsyncStream.makeStream(of: UInt16.self)
        database.listening = { feed.yield($0) }
        let task = Task { [database] in try await database.run() }
        for await port in found {
            let connection = try CQLConnection.open(host: "127.0.0.1", port: port)
            for statement in statements { _ = try connection.query(statement) }
            break
        }
        task.cancel()
        try await task.value
    }

    /// The helper's order.
    func order(_ change: (inout BootOrder) -> Void = { _ in }) throws -> BootOrder {
        let helper = try Data(contentsOf: URL(filePath: Self.helper))
        let hash = try #require(SaltedHash.of(Self.password))
        var order = BootOrder(
            version: .v3_11,
            identity: .init(clusterName: "guestbook", dataCenter: "datacenter1", rack: "rack1", numTokens: 256),
            clusterName: "ci-abc",
            directory: volume,
            ports: ports,
            listen: "127.0.0.1",
            advertise: "127.0.0.1",
            login: .run(.init(name: "ci_abc", saltedHash: hash)),
            helper: SHA256.hex(of: helper),
            bootSeconds: 60
        )
        change(&order)
        return order
    }

    /// The one that was built beside the tests, or the one that is to be found wanting.
    static var helper: String {
        get throws {
            if let helper = environmentVariable("UNDERSTUDY_HELPER") { return helper }
            return try Stage.program.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/copyboot"
        }
    }

    /// Starts the helper.
    func start(_ order: BootOrder) throws -> ChildProcess {
        var environment = Dictionary(uniqueKeysWithValues: order.environment.map { ($0.key, $0.value ?? "") })
        environment["PATH"] = "\(folder)/images/database/bin:/usr/bin:/bin"
        environment["MESOS_SANDBOX"] = "\(folder)/sandbox"
        environment["LD_LIBRARY_PATH"] = environmentVariable("LD_LIBRARY_PATH") ?? ""
        return try ChildProcess(
            Self.helper,
            ["boot"],
            environment: environment,
            output: .lines { [self] line, _ in lines.withLock { $0.append(line) } }
        )
    }

    /// Boots, lets the body play with the copy, and stops it.
    func serving(_ order: BootOrder, _ body: () async throws -> Void) async throws {
        let process = try start(order)
        let result: Result<Void, any Error>
        do {
            try await expect(step: .ready)
            result = .success(try await body())
        } catch { result = .failure(error) }
        _ = await process.end(by: SIGTERM, within: .seconds(10))
        try result.get()
    }

    /// Runs the helper to its end; one that serves what it should have refused is killed in the end.
    func ending(_ order: BootOrder) async throws -> (code: ChildProcess.Ending, report: SealReport) {
        let process = try start(order)
        let watch = Task {
            try await Task.sleep(for: .seconds(60))
            _ = await process.end(by: SIGKILL, within: .seconds(1))
        }
        defer { watch.cancel() }
        return (await process.wait(), try report())
    }

    /// Starts a node of its own on a new volume, that speaks to a seed.
    static func standIn(
        in folder: String,
        cluster: String,
        host: String,
        ports: BootOrder.Ports,
        seed: String
    ) throws -> ChildProcess {
        try StandInDatabase.initialise(directory: folder, identity: StandInIdentity(clusterName: cluster))
        return try ChildProcess(
            Stage.program,
            [
                "stand-in", "serve", "--directory", folder, "--cluster-name", cluster, "--host", host, "--port",
                "\(ports.published)", "--storage-port", "\(ports.storage)", "--seeds", seed,
            ],
            environment: DemoStage.childEnvironment,
            output: .lines { _, _ in }
        )
    }

    /// What the helper has written.
    func report() throws -> SealReport {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/sandbox/\(SealReport.file)"))
        return try JSONDecoder().decode(SealReport.self, from: data)
    }

    /// Asks the check until it says this.
    ///
    /// - Parameters:
    ///   - step: this.
    ///   - address: where it is published.
    ///   - port: there; nil for its own.
    ///   - limit: for how long.
    /// - Throws: when sealing failed, or it never does.
    func expect(
        step: SealStep,
        at address: String = "127.0.0.1",
        _ port: UInt16? = nil,
        within limit: Duration = .seconds(60)
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            let check = try await Stage.run(
                Self.helper,
                ["check", "\(folder)/sandbox", address, "\(port ?? ports.published)"]
            )
            if check.ending == .exited(step.rawValue) { return }
            if case .exited(let code) = check.ending, let fault = SealFault(rawValue: code) {
                throw DemoFault("sealing failed, \(fault.name):\n\(said)")
            }
            try #require(ContinuousClock.now < deadline, "the check says \(check.ending):\n\(said)")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Logs in to the sealed copy as the run does.
    func connect(_ user: String = "ci_abc", _ password: Secret = CopyBoot.password) throws -> CQLConnection {
        try CQLConnection.open(
            host: "127.0.0.1",
            port: ports.published,
            login: CQLLogin(user: user, password: password)
        )
    }
}

extension CQLConnection {
    /// A statement's rows, as text.
    func texts(_ statement: String) throws -> [[String]] {
        guard case .rows(let rows) = try query(statement) else { return [] }
        return try rows.texts()
    }
}
