import FoundationEssentials
import Lifecycle
import Model
import Testing

@testable import Scheduler

@Suite("The sources file")
struct SourceFileTests {
    private static let full = """
        { "name": "guestbook", "volumes": ["app-production"],
          "cassandra": { "image": "cassandra:3.11", "clusterName": "guestbook", "dataCenter": "dc1", "rack": "r1",
                         "numTokens": 16, "cpus": 1.5, "memoryMB": 3072, "heapMB": 1024, "user": "root" },
          "network": "mesos-bridge", "quiesce": "none", "login": "none",
          "tier": { "want": "low", "copy": "tiered-snapshot", "require": true },
          "limits": { "runs": 20, "lease": "1h", "leaseMax": "8h", "snapshots": 16 } }
        """

    private func fault(_ text: String) -> String {
        do {
            _ = try SourceFile.read(Array(text.utf8))
            return ""
        } catch {
            #expect(error.code == .sources)
            return error.message
        }
    }

    @Test("the example that we hand out is one")
    func example() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: root.appending(path: "examples/sources.json")))
        #expect(try SourceFile.read(bytes).map(\.name) == [SourceName("guestbook")])
    }

    @Test("every field is read")
    func reads() throws {
        let source = try #require(try SourceFile.read(Array(Self.full.utf8)).first)
        #expect(source.name == SourceName("guestbook"))
        #expect(source.volume == "app-production")
        #expect(source.cassandra.milliCPUs == 1_500)
        #expect(source.cassandra.numTokens == 16)
        #expect(source.cassandra.user == "root")
        #expect(source.network == .named("mesos-bridge"))
        #expect(source.tier == Source.TierPolicy(want: .low, copy: .tieredSnapshot, require: true))
        #expect(source.limits == Source.Limits(runs: 20, lease: .hours(1), leaseMax: .hours(8), snapshots: 16))
        #expect(try SourceFile.read(Array("[\(Self.full)]".utf8)) == [source])
    }

    @Test("several volumes are a ring, in their order, each with its rack where that is another")
    func ring() throws {
        let volumes = #"["a", {"volume": "b", "rack": "rack2"}, {"volume": "c"}]"#
        let text = Self.full.replacing(#"["app-production"]"#, with: volumes)
        let source = try #require(try SourceFile.read(Array(text.utf8)).first)
        #expect(source.isRing && source.nodeCount == 3)
        #expect(source.volumes == ["a", "b", "c"])
        #expect((0..<3).map { source.rack(at: $0) } == ["r1", "rack2", "r1"])
        let first = Self.full.replacing(#"["app-production"]"#, with: #"[{"volume": "a", "rack": "r9"}, "b"]"#)
        let other = try #require(try SourceFile.read(Array(first.utf8)).first)
        #expect((0..<2).map { other.rack(at: $0) } == ["r9", "r9"], "what is not said is the first's")
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let text = #"[{"name":"a","volumes":["v"],"cassandra":{"image":"cassandra:3.11","clusterName":"c"}}]"#
        let source = try #require(try SourceFile.read(Array(text.utf8)).first)
        #expect(source.network == .named("mesos-bridge"))
        #expect(source.limits == Source.Limits())
        #expect(source.tier == Source.TierPolicy())
        #expect(source.login == .run, "a copy asks for a login unless its operator says otherwise")
        #expect(source.cassandra.version == .v3_11)
        #expect(source.demands == Source.Demands())
        #expect(source.quiesce == nil)
        let flushed = text.replacing(#""name":"a""#, with: #""name":"a","quiesce":{"jmxPort":7200}"#)
        #expect(try SourceFile.read(Array(flushed.utf8)).first?.quiesce == Source.Quiesce(jmxPort: 7_200))
        let plain = text.replacing(#""name":"a""#, with: #""name":"a","quiesce":"flush""#)
        #expect(try SourceFile.read(Array(plain.utf8)).first?.quiesce == Source.Quiesce())
    }

    @Test(
        "a mistake is named, with its source and its field",
        arguments: [
            (#""name": "guestbook""#, #""name": "Guest book""#, "name has to be"),
            (#"["app-production"]"#, "[]", "one volume, or up to 16"),
            (#"["app-production"]"#, "[\((1...17).map { "\"v\($0)\"" }.joined(separator: ","))]", "up to 16"),
            (#"["app-production"]"#, #"["a", "b", "a"]"#, "names a twice"),
            (#"["app-production"]"#, #"["a", {"volume": "b", "dc": "dc2"}]"#, "unknown field dc"),
            (#"["app-production"]"#, #"["a", {"volume": "b", "rack": ""}]"#, "volumes.rack"),
            (#"["app-production"]"#, #"["a", 7]"#, "volumes"),
            (#"["app-production"]"#, #"["name=x,size=10"]"#, "bare name"),
            (#""cpus": 1.5"#, #""cpus": 0"#, "cassandra.cpus"),
            (#""cpus": 1.5"#, #""cpu": 1.5"#, "unknown field cpu"),
            (#""memoryMB": 3072"#, #""memoryMB": "3072""#, "cassandra.memoryMB"),
            (#""heapMB": 1024"#, #""heapMB": 4096"#, "cassandra.heapMB"),
            (#""quiesce": "none""#, #""quiesce": "freeze""#, "quiesce has to be"),
            (#""quiesce": "none""#, #""quiesce": {"jmx": 1}"#, "unknown field jmx"),
            (#""quiesce": "none""#, #""quiesce": {"timeout": "1h"}"#, "quiesce.timeout"),
            (#""quiesce": "none""#, #""quiesce": {"onFailure": "shrug"}"#, "quiesce.onFailure"),
            (#""login": "none""#, #""login": "anybody""#, "login has to be none, run, production"),
            (#""login": "none""#, #""login": "none", "requireMask": true"#, "mask is required"),
            (#""login": "none""#, #""login": "none", "mask": "http://u:p@h/m.cql""#, "without a login"),
            (#""image": "cassandra:3.11""#, #""image": "cassandra:latest""#, "name the nearest"),
            (#""cpus": 1.5"#, #""cpus": 1.5, "version": "3.10""#, "cassandra.version has to be one of"),
            (#""login": "none""#, #""login": "none", "baseline": {}"#, "baseline is not in this version"),
            (#""network": "mesos-bridge""#, #""network": "host""#, "allowHostNetwork"),
            (#""copy": "tiered-snapshot""#, #""copy": "cloud-copy""#, "tier.copy"),
            (#""want": "low""#, #""want": "cheap""#, "tier.want"),
            (#""lease": "1h""#, #""lease": "9h""#, "limits.lease"),
            (#""lease": "1h""#, #""lease": "an hour""#, "limits.lease"),
            (#""snapshots": 16"#, #""snapshots": 65"#, "limits.snapshots"),
            (#""clusterName": "guestbook","#, "", "clusterName is missing"),
        ]
    )
    func mistakes(right: String, wrong: String, said: String) throws {
        try #require(Self.full.contains(right))
        let message = fault(Self.full.split(separator: right, maxSplits: 1).joined(separator: wrong))
        #expect(message.contains(said), "\(message)")
    }

    @Test("a name that is there twice, a file that is no JSON, and one that is too big")
    func whole() {
        #expect(fault("[\(Self.full), \(Self.full)]").contains("twice"))
        #expect(!fault("name: guestbook").isEmpty)
        #expect(!fault("").isEmpty)
        #expect(fault(String(repeating: " ", count: SourceFile.bytesMax + 1)).contains("bytes"))
    }
}
