import FoundationEssentials
import LocalCluster
import Model
import Synchronization
import Testing

@testable import Cassandra

@Suite("What a copy's two boots are configured with", .timeLimit(.minutes(6)))
struct BootConfigurationTests {
    private static let image = """
        # An image's own.
        cluster_name: 'Test Cluster'
        num_tokens: 256
        initial_token:
        listen_address: localhost
        # listen_interface: eth0
        listen_interface: eth1
        broadcast_address: 10.1.1.1
        data_file_directories:
        - /var/lib/cassandra/data
        - /mnt/more
        seed_provider:
            - class_name: org.apache.cassandra.locator.SimpleSeedProvider
              parameters:
                  # production's
                  - seeds: "10.0.0.1,10.0.0.2"

        server_encryption_options:
            internode_encryption: all
            keystore: conf/.keystore
        authenticator: PasswordAuthenticator
        authorizer: CassandraAuthorizer
        phi_convict_threshold: 12
        """

    /// What a parser of YAML makes of it.
    private func parsed(_ yaml: String) async throws -> [String: String] {
        let path = "/tmp/understudy-yaml-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Data(yaml.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }  // what is left is the test's
        let lines = Mutex<[String]>([])
        let program =
            "import sys, yaml, json\nfor k, v in yaml.safe_load(open(sys.argv[1])).items(): print(k, json.dumps(v), sep='\\t')"
        let process = try ChildProcess(
            "/usr/bin/python3",
            ["-c", program, path],
            environment: ["PATH": "/usr/bin:/bin"],
            output: .lines { line, _ in lines.withLock { $0.append(line) } }
        )
        #expect(await process.wait() == .exited(0), "\(lines.withLock { $0 })")
        return Dictionary(
            uniqueKeysWithValues: lines.withLock { $0 }.map { line in
                let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }
        )
    }

    @Test(
        "the first boot is production's in name, and reaches nobody and is reached by nobody",
        arguments: CassandraVersion.allCases
    )
    func isolated(_ version: CassandraVersion) async throws {
        let configuration = BootConfiguration(.isolated, of: try order(version, name: "it's #1: a & b"))
        let yaml = try await parsed(configuration.yaml(from: Self.image))
        #expect(yaml["cluster_name"] == #""it's #1: a & b""#)
        #expect(yaml["num_tokens"] == "16")
        #expect(yaml["listen_address"] == #""127.0.0.1""#)
        #expect(yaml["rpc_address"] == #""127.0.0.1""#)
        #expect(yaml["native_transport_port"] == "31001")
        #expect(yaml["storage_port"] == "31002")
        #expect(yaml["ssl_storage_port"] == "31003")
        #expect(yaml["authenticator"] == #""AllowAllAuthenticator""#)
        #expect(yaml["authorizer"] == #""AllowAllAuthorizer""#)
        #expect((yaml["network_authorizer"] != nil) == (version >= .v4_0))
        #expect(yaml["data_file_directories"] == #"["/var/lib/cassandra/data"]"#)
        #expect(yaml["seed_provider"]?.contains(#""seeds": "127.0.0.1""#) == true)
        #expect(yaml["phi_convict_threshold"] == "12", "what is not ours stays")
        for key in ["listen_interface", "broadcast_address", "initial_token", "server_encryption_options"] {
            #expect(yaml[key] == nil, "\(key)")
        }
        #expect((yaml["start_rpc"] != nil) == (version < .v4_0), "newer lines refuse what they do not know")
        #expect((yaml["hints_directory"] != nil) == (version >= .v3_0))
        #expect((yaml["cdc_raw_directory"] != nil) == (version >= .v3_11))
        let properties = configuration.properties(in: "/s", logs: "/l")
        #expect(properties.contains("-Dcassandra.load_ring_state=false"))
        #expect(properties.contains("-Dcassandra.config=file:///s/cassandra.yaml"))
        #expect(properties.contains("-Dcassandra.jmx.local.port=31004"))
    }

    @Test("the second is itself: its own name, the published port, and an address that leads to it alone")
    func published() async throws {
        let role = BootOrder.Role(name: "ci_abc", saltedHash: "$2a$04$x")
        let configuration = BootConfiguration(.published, of: try order(login: .run(role), listen: "0.0.0.0"))
        let yaml = try await parsed(configuration.yaml(from: Self.image))
        #expect(yaml["cluster_name"] == #""ci-abc""#)
        #expect(yaml["native_transport_port"] == "31000")
        #expect(yaml["rpc_address"] == #""0.0.0.0""#)
        #expect(yaml["broadcast_rpc_address"] == #""10.0.0.7""#)
        #expect(yaml["authenticator"] == #""PasswordAuthenticator""#)
        #expect(yaml["authorizer"] == #""CassandraAuthorizer""#, "the image's own")
        #expect(yaml["listen_address"] == #""127.0.0.1""#, "a ring of one has no neighbours")
        let properties = configuration.properties(in: "/s", logs: "/l")
        #expect(!properties.contains { $0.contains("load_ring_state") || $0.contains("unsafe_join") })
        let first = BootConfiguration(.published, of: try order(login: .run(role), listen: "0.0.0.0"), isFirst: true)
        #expect(first.yaml(from: Self.image) == configuration.yaml(from: Self.image))
        let alone = first.properties(in: "/s", logs: "/l")
        #expect(alone.contains("-Dcassandra.load_ring_state=false"), "no other boot has emptied system.peers before it")
        let open = BootConfiguration(.published, of: try order())
        #expect(try await parsed(open.yaml(from: Self.image))["authenticator"] == #""AllowAllAuthenticator""#)
        #expect(open.rackProperties == "dc=dc1\nrack=r1\n")
    }

    @Test("a node of a ring is as alone as any in isolation, on a storage port that is its own", arguments: 0..<3)
    func isolatedInARing(_ place: Int) async throws {
        let configuration = BootConfiguration(.isolated, of: try order(place: place), local: "172.17.0.2")
        let yaml = try await parsed(configuration.yaml(from: Self.image))
        #expect(yaml["listen_address"] == #""127.0.0.1""#)
        #expect(yaml["rpc_address"] == #""127.0.0.1""#)
        #expect(yaml["broadcast_address"] == nil && yaml["broadcast_rpc_address"] == nil)
        #expect(yaml["seed_provider"]?.contains(#""seeds": "127.0.0.1""#) == true)
        #expect(yaml["storage_port"] == "31003", "the ring's may be another node's on this machine")
        let alone = BootConfiguration(.isolated, of: try order()).properties(in: "/s", logs: "/l")
        #expect(configuration.properties(in: "/s", logs: "/l") == alone)
    }

    @Test("its second boot is led to by its agent's address, and joins the first node", arguments: 0..<3)
    func publishedInARing(_ place: Int) async throws {
        let told = try order(place: place)
        let configuration = BootConfiguration(.published, of: told, local: "172.17.0.2")
        let yaml = try await parsed(configuration.yaml(from: Self.image))
        #expect(yaml["listen_address"] == #""172.17.0.2""#)
        #expect(yaml["broadcast_address"] == "\"\(told.advertise)\"")
        #expect(yaml["rpc_address"] == #""0.0.0.0""#)
        #expect(yaml["broadcast_rpc_address"] == "\"\(told.advertise)\"")
        #expect(yaml["seed_provider"]?.contains(#""seeds": "10.0.0.7""#) == true)
        #expect(yaml["storage_port"] == "31002" && yaml["ssl_storage_port"] == "31003")
        #expect(yaml["cluster_name"] == #""ci-abc""#)
        let properties = configuration.properties(in: "/s", logs: "/l")
        #expect(!properties.contains { $0.contains("load_ring_state") || $0.contains("unsafe_join") })
        let skips = properties.contains("-Dcassandra.skip_wait_for_gossip_to_settle=0")
        #expect(skips == (place == 0), "who is first has nobody to hear of")
    }

    @Test("a block goes with all that belongs to it, and nothing else goes")
    func blocks() {
        var yaml = CassandraYAML("a: 1\nb:\n- x\n  y: 2\n\tz\nc: 3\n# b: no\n b: neither\n")
        yaml.remove("b")
        #expect(yaml.text == "a: 1\nc: 3\n# b: no\n b: neither\n")
        yaml.set("a", "'it''s'")
        #expect(yaml.text == "c: 3\n# b: no\n b: neither\na: 'it''s'\n")
        var none = CassandraYAML("")
        none.set("a", "1")
        #expect(none.text == "a: 1\n")
    }
}
