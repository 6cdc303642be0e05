import CQLClient
import Foundation
import Testing

@testable import StandIn

@Suite("The stand-in's start", .timeLimit(.minutes(6)))
struct StartTests {
    private func refusal(_ database: StandInDatabase) async -> StandInError? {
        await #expect(throws: StandInError.self) { try await database.run() }
    }

    @Test("it says that it is a stand-in: in its log, and by its release to every client")
    func banner() async throws {
        let home = try Home()
        let release = try await home.serving { port in
            try Home.connect(port).rows("SELECT release_version FROM system.local")
        }
        #expect(home.lines.first == "understudy stand-in, not Cassandra: release 3.11.11-understudy-stand-in")
        #expect(release == [["3.11.11-understudy-stand-in"]])
    }

    @Test("a directory that holds no database is refused with exit code 78, and stays as it was")
    func noData() async throws {
        let empty = FileManager.default.temporaryDirectory.path + "/standin-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: empty) }  // what stays is in the system's directory for it
        let identity = StandInIdentity(clusterName: "guestbook")
        let database = StandInDatabase(directory: empty, host: "127.0.0.1", port: 0, identity: identity) { _ in }
        let error = await refusal(database)
        #expect(error?.code == "standin.no_data")
        #expect(error?.exitCode == 78)
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty) == [])
    }

    /// Facts on Cassandra, §2: the words and the exit codes are Cassandra's.
    @Test("data of another cluster, data centre, rack or number of tokens are refused in Cassandra's words")
    func otherIdentity() async throws {
        let saved = StandInIdentity(clusterName: "prod-cluster", dataCenter: "dc1", rack: "rack1", tokenCount: 16)
        let home = try Home(saved)
        var (cluster, dataCenter, rack, tokens) = (saved, saved, saved, saved)
        cluster.clusterName = "Test Cluster"
        dataCenter.dataCenter = "datacenter1"
        rack.rack = "r2"
        tokens.tokenCount = 256
        for (wanted, words, code) in [
            (cluster, "Saved cluster name prod-cluster != configured name Test Cluster", 100),
            (
                dataCenter,
                "Cannot start node if snitch's data center (datacenter1) differs from previous data center (dc1).", 100
            ),
            (rack, "Cannot start node if snitch's rack (r2) differs from previous rack (rack1).", 100),
            (tokens, "Cannot change the number of tokens from 16 to 256", 1),
        ] as [(StandInIdentity, String, Int32)] {
            let error = await refusal(home.database(wanted))
            #expect(error?.message.hasPrefix(words) == true, "\(String(describing: error))")
            #expect(error?.exitCode == code)
        }
        // The flag that the message names helps.
        try await home.serving {
            $0.identity = dataCenter
            $0.options = "-Xmx1G -Dcassandra.ignore_dc=true"
        } _: { port in
            _ = try Home.connect(port)
        }
    }

    @Test("a directory is made once, and served by one process at a time")
    func once() async throws {
        let home = try Home()
        let again = #expect(throws: StandInError.self) {
            try StandInDatabase.initialise(directory: home.directory, identity: StandInIdentity(clusterName: "x"))
        }
        #expect(again?.code == "standin.exists")
        try await home.serving { _ in
            let error = await refusal(home.database())
            #expect(error?.code == "standin.in_use")
        }
    }

    @Test("a name that cannot be one is refused", arguments: ["", "a\nb", String(repeating: "x", count: 256)])
    func names(name: String) {
        let error = #expect(throws: StandInError.self) { try Home(StandInIdentity(clusterName: name)) }
        #expect(error?.code == "standin.bad_name")
    }

    @Test("a damaged file is refused, wherever the damage is")
    func damaged() async throws {
        for place in [0, 100, 4_096] {
            let home = try Home()
            let path = "\(home.directory)/data/system/stand-in.sqlite"
            var bytes = try Data(contentsOf: URL(filePath: path))
            bytes.replaceSubrange(place..<place + 64, with: Data(repeating: 0xA5, count: 64))
            try bytes.write(to: URL(filePath: path))
            let error = await refusal(home.database())
            #expect(error?.code == "standin.corrupt", "damage at \(place)")
            #expect(error?.exitCode == 78)
        }
    }

    @Test("its identity is its data's: a copy of the directory is the same node")
    func copies() async throws {
        let home = try Home()
        let question = "SELECT host_id, tokens FROM system.local"
        let original = try await home.serving { try Home.connect($0).rows(question) }
        let copy = home.directory + "-copy"
        try FileManager.default.copyItem(atPath: home.directory, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }  // what stays is in the system's directory for it
        var database = home.database()
        database.directory = copy
        let moved = try await home.serving({ $0 = database }) { try Home.connect($0).rows(question) }
        #expect(moved == original)
        #expect(original.first?.last?.split(separator: ",").count == 256)
    }
}
