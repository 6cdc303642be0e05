import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Synchronization
import Testing

@testable import Cassandra

@Suite("How a copy is booted", .timeLimit(.minutes(3)))
struct CassandraBootTests {
    private static func boot(heapMB: Int64? = nil) throws -> CassandraBoot {
        CassandraBoot(
            identity: .init(clusterName: "guest book", dataCenter: "dc1", rack: "r1", numTokens: 16),
            ports: try #require(CassandraBoot.Ports(host: [31_000, 31_001, 31_002, 31_003])),
            heapMB: heapMB
        )
    }

    /// Runs the boot's command with a directory in place of the mount, and an entry point that says what it was given.
    private func run(on directory: String) async throws -> (ChildProcess.Ending, String) {
        let images = directory + "/image"
        try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
        let script = "#!/bin/sh\necho started \"$@\"\n"
        try ChildProcess.writeProgram(script, to: images + "/docker-entrypoint.sh")
        let lines = Mutex<[String]>([])
        let command = try Self.boot().command
            .split(separator: CassandraBoot.dataPath, omittingEmptySubsequences: false).joined(separator: directory)
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", command],
            environment: ["PATH": "\(images):/usr/bin:/bin"],
            output: .lines { line, _ in lines.withLock { $0.append(line) } }
        )
        let ending = await process.wait()
        return (ending, lines.withLock { $0.joined(separator: "\n") })
    }

    private func temporary(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/understudy-boot-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }  // what is left is the test's
        try await body(path)
    }

    @Test("a directory without data/system is refused: a wrong name would be an empty database and a green suite")
    func refusesEmpty() async throws {
        try await temporary { directory in
            let (ending, said) = try await run(on: directory)
            #expect(ending == .exited(78))
            #expect(said.contains("no copy of a Cassandra volume"), "\(said)")
        }
    }

    @Test("a directory with data/system is booted by the image's own entry point, in the foreground")
    func boots() async throws {
        try await temporary { directory in
            let system = directory + "/data/system"
            try FileManager.default.createDirectory(atPath: system, withIntermediateDirectories: true)
            let (ending, said) = try await run(on: directory)
            #expect(ending == .exited(0))
            #expect(said == "started cassandra -f")
        }
    }

    @Test("production's identity is passed on, and every port is the offer's")
    func environment() throws {
        let variables = Dictionary(
            uniqueKeysWithValues: try Self.boot(heapMB: 1_024).environment.map { ($0.key, $0.value) }
        )
        #expect(variables["CASSANDRA_CLUSTER_NAME"] == "guest book")
        #expect(variables["CASSANDRA_DC"] == "dc1")
        #expect(variables["CASSANDRA_ENDPOINT_SNITCH"] == "GossipingPropertyFileSnitch")
        #expect(variables["CASSANDRA_SEEDS"] == "127.0.0.1", "it asks nobody else for the ring")
        #expect(variables["MAX_HEAP_SIZE"] == "1024M")
        #expect(variables["HEAP_NEWSIZE"] == "256M")
        let options = try #require(variables["JVM_EXTRA_OPTS"] ?? nil)
        for port in 31_000...31_003 { #expect(options.contains("\(port)")) }
    }

    @Test("fewer than four ports are not enough on an agent's own network")
    func ports() {
        #expect(CassandraBoot.Ports(host: [1, 2, 3]) == nil)
        #expect(CassandraBoot.Ports.standard.cql == 9_042)
    }
}
