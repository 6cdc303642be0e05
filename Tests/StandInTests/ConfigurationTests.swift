import Foundation
import Testing

@testable import StandIn

@Suite("The configuration that a stand-in obeys", .timeLimit(.minutes(6)))
struct ConfigurationTests {
    /// What a stand-in makes of a `cassandra.yaml` with these lines in it.
    private func database(_ yaml: String) throws -> StandInDatabase {
        let folder = FileManager.default.temporaryDirectory.path + "/standin-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what stays is in the system's directory for it
        let text = "cluster_name: 'it''s'\ndata_file_directories: [ '/volume/data' ]\nrpc_address: 127.0.0.2\n" + yaml
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/cassandra.yaml"))
        try Data("dc=dc1\nrack=r1\n".utf8).write(to: URL(filePath: "\(folder)/rack.properties"))
        let properties =
            "-Dcassandra.config=file://\(folder)/cassandra.yaml"
            + " -Dcassandra-rackdc.properties=file://\(folder)/rack.properties"
        return try StandInDatabase(properties: properties) { _ in }
    }

    @Test("where it gossips, and who it says that it is, are what the file says")
    func addresses() throws {
        let plain = try database("")
        #expect(plain.gossipHost == nil && plain.broadcastHost == nil && plain.seeds == [])
        let full = try database(
            """
            listen_address: 127.0.0.1
            broadcast_address: 127.0.0.3
            broadcast_rpc_address: 127.0.0.4
            seed_provider: [ { class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [ { seeds: '127.0.0.1' } ] } ]
            """
        )
        #expect(full.host == "127.0.0.2" && full.clientHost == "127.0.0.4")
        #expect(full.gossipHost == "127.0.0.1" && full.broadcastHost == "127.0.0.3" && full.seeds == ["127.0.0.1"])
    }

    @Test(
        "seeds are found where they are written in one line",
        arguments: [
            ("[ { class_name: a.B, parameters: [ { seeds: '10.0.0.1,10.0.0.2' } ] } ]", ["10.0.0.1", "10.0.0.2"]),
            ("[ { class_name: a.B, parameters: [ { seeds: \"10.0.0.1, 10.0.0.2\" } ] } ]", ["10.0.0.1", "10.0.0.2"]),
            ("[{class_name: a.B, parameters: [{seeds: 10.0.0.1}]}]", ["10.0.0.1"]),
            ("[ { class_name: a.B, parameters: [ { seeds: '' } ] } ]", []), ("[ { class_name: seeds } ]", []),
            ("\n    - class_name: a.B\n      parameters:\n          - seeds: \"127.0.0.1\"", []),
        ] as [(String, [String])]
    )
    func seeds(provider: String, seeds: [String]) throws {
        #expect(try database("seed_provider: \(provider)").seeds == seeds)
    }

    @Test("its own row says what it was given, each address in its column")
    func row() async throws {
        let home = try Home()
        let question = "SELECT listen_address, broadcast_address, rpc_address FROM system.local"
        let plain = try await home.serving { try Home.connect($0).rows(question) }
        #expect(plain == [["'127.0.0.1'", "'127.0.0.1'", "'127.0.0.1'"]])
        let listening = try await home.serving({ $0.gossipHost = "127.0.0.2" }) { try Home.connect($0).rows(question) }
        #expect(listening == [["'127.0.0.2'", "'127.0.0.2'", "'127.0.0.1'"]])
        let full = try await home.serving {
            $0.gossipHost = "127.0.0.2"
            $0.broadcastHost = "10.0.0.3"
            $0.clientHost = "10.0.0.4"
        } _: { port in
            try Home.connect(port).rows(question)
        }
        #expect(full == [["'127.0.0.2'", "'10.0.0.3'", "'10.0.0.4'"]])
    }

    @Test("an address that is none is refused by name, before anything is opened")
    func badAddresses() async throws {
        for change in [
            { $0.gossipHost = "localhost" }, { $0.broadcastHost = "localhost" },
            { $0.seeds = ["127.0.0.1", "localhost"] }, { $0.clientHost = "localhost" }, { $0.host = "localhost" },
        ] as [(inout StandInDatabase) -> Void] {
            var database = try Home().database()
            change(&database)
            let home = database
            let error = await #expect(throws: StandInError.self) { try await home.run() }
            #expect(error?.code == "standin.bad_host" && error?.message == "localhost is no IPv4 address")
        }
    }
}
