import API
import CQL
import CQLClient
import Digest
import FoundationEssentials
import HTTPTransport
import LocalCluster
import Synchronization

/// One run from end to end on a local cluster that needs no program but this one and its helper: proof that both work
/// where they have just been installed.
struct DemoOnce: Sendable {
    /// Production's rows; the suite reads them on the copy and then empties their table.
    private static let guests = ["Ada", "Grace", "Zoë"]
    private static let startLimit = Duration.seconds(60)
    private static let cleanUpLimit = Duration.seconds(60)

    let stage: DemoStage
    let teller = DemoTeller()

    /// A stage on which everything is a link to this program.
    static func stage(in directory: String, program: String, parts: DemoCluster) throws -> DemoStage {
        var settings = LocalClusterSettings()
        settings.fetcher = [program, "stand-in", "fetch"]
        settings.copier = [program, "stand-in", "copy"]
        return try DemoStage(
            directory: directory,
            program: program,
            parts: parts,
            settings: settings,
            hasShell: false
        )
    }

    /// Tells it.
    ///
    /// - Throws: for whatever went otherwise than it should.
    func tell() async throws {
        try await stage.cluster.start()
        try await stage.startProduction()
        try await makeGuestbook()
        teller.say("production     a stand-in for cassandra, \(Self.guests.count) guests: \(list(Self.guests))")
        let before = try checksum()
        teller.say("production     \(before)")
        let url = try await stage.startScheduler()
        try await teller.withClient(url) { client in
            try await teller.until("the scheduler is not able to act", within: Self.startLimit) {
                try await client.health().isAbleToAct
            }
        }
        teller.say("understudy     \(url)")
        try await runSuite(url)
        let after = try checksum()
        guard before == after else {
            throw DemoFault("production's bytes have changed: \(before) before, \(after) after")
        }
        teller.say("production     \(after)   unchanged")
        try await checkNothingIsLeft()
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    // MARK: production

    private func makeGuestbook() async throws {
        let connection = try await connect()
        var statements = [
            "CREATE KEYSPACE guestbook WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE guestbook.guests (id int PRIMARY KEY, name text)",
        ]
        for (id, name) in Self.guests.enumerated() {
            statements.append("INSERT INTO guestbook.guests (id, name) VALUES (\(id), '\(name)')")
        }
        for statement in statements { _ = try connection.query(statement) }
    }

    /// As soon as it listens.
    private func connect() async throws -> CQLConnection {
        let deadline = ContinuousClock.now + Self.startLimit
        while true {
            do {
                return try CQLConnection.open(host: DemoCluster.productionHost, port: stage.parts.productionPort)
            } catch {
                guard error.code == .unreachable, ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Of every byte and every name of production's volume.
    private func checksum() throws -> String {
        guard let directory = stage.cluster.directory(ofVolumeNamed: DemoCluster.volume) else {
            throw DemoFault("production's volume is missing")
        }
        var digest = SHA256()
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory).sorted() {
            digest.update(Array("\(name)\0".utf8))
            var isDirectory = false
            guard FileManager.default.fileExists(atPath: "\(directory)/\(name)", isDirectory: &isDirectory) else {
                throw DemoFault("\(name) has gone from production's volume")
            }
            if isDirectory { continue }
            let content = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
            // Its length goes first: no two volumes give the same bytes.
            digest.update(Array("\(content.count)\0".utf8))
            digest.update(Array(content))
        }
        return "sha256 " + digest.hex().prefix(32)
    }

    // MARK: the run

    /// A suite in one command, since there is no shell for more: it does to the copy what must never be done to production.
    private func runSuite(_ url: String) async throws {
        let statements = [
            "SELECT name FROM guestbook.guests", "TRUNCATE guestbook.guests", "SELECT count(*) FROM guestbook.guests",
        ]
        let command =
            "understudy cql --host $CASSANDRA_HOST --port $CASSANDRA_PORT --within 60s "
            + statements.map { "'\($0)'" }.joined(separator: " ")
        teller.say("understudy run --wait --source guestbook --suite-image \(DemoCluster.suiteImage) --command")
        teller.say("               \"\(command)\"")
        let lines = Mutex<[String]>([])
        let ending = try await stage.run(
            [
                "run", "--url", url, "--key", "once", "--source", "guestbook", "--wait", "--timeout", "2m",
                "--suite-image", DemoCluster.suiteImage, "--command", command,
            ]
        ) { line in
            lines.withLock { $0.append(line) }
            teller.say(line)
        }
        let output = lines.withLock { $0.joined(separator: "\n") }
        // The suite has seen production's guests, and that none was left.
        guard ending == .exited(0), (Self.guests + ["0"]).allSatisfy({ output.contains("| \($0)") }) else {
            throw DemoFault(
                "the suite should have passed (\(ending)); the scheduler's last words:\n\(stage.lastWords())"
            )
        }
    }

    private func checkNothingIsLeft() async throws {
        try await teller.until(
            "copies stay behind; the scheduler's last words:\n\(stage.lastWords())",
            within: Self.cleanUpLimit
        ) {
            await stage.isProductionAlone
        }
        teller.say("what is left   volume \(DemoCluster.volume) and 1 task, production's own")
    }
}
