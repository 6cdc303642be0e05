import API
import FoundationEssentials
import LocalCluster
import Model
import Testing

@testable import understudy

@Suite("Production is flushed before a snapshot, end to end", .serialized, .timeLimit(.minutes(6)))
struct QuiesceTests {
    private static func sources(jmxPort: UInt16, onFailure: String) -> String {
        DemoCluster.sources.replacing(
            #""network": "host""#,
            with:
                #""quiesce": { "jmxPort": \#(jmxPort), "timeout": "20s", "onFailure": "\#(onFailure)" }, "network": "host""#
        )
    }

    @Test("by nodetool on production's agent; the run says of when its data is, and that it was flushed")
    func flushes() async throws {
        try await Stage.play(firstPort: 19_500) { stage in
            let port = stage.demo.parts.productionJMXPort
            try await stage.start(sources: Self.sources(jmxPort: port, onFailure: "fail"))
            let (ending, output) = try await stage.run("guestbook-suite", key: "flushed")
            #expect(ending == .exited(0), "\(output)")
            #expect(output.contains("quiescing"), "\(output)")
            let data = try #require(try await stage.runs().first?.data)
            #expect(data.flushed == true && data.flushFault == nil && data.ageSeconds != nil)
        }
    }

    @Test(
        "where it does not work, a run that can do without says so, and one that cannot ends",
        arguments: ["warn", "fail"]
    )
    func fails(_ onFailure: String) async throws {
        try await Stage.play(firstPort: 19_500) { stage in
            // Nobody listens there.
            let port = stage.demo.parts.productionJMXPort - 1
            try await stage.start(sources: Self.sources(jmxPort: port, onFailure: onFailure))
            let (ending, output) = try await stage.run("guestbook-suite", key: "not-flushed")
            #expect(ending == .exited(onFailure == "warn" ? 0 : 3), "\(output)")
            #expect(output.contains("production was not flushed: the flush on ssd-1 ended"), "\(output)")
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }
}
