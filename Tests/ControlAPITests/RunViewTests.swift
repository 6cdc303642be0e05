import API
import Model
import Testing

@testable import ControlAPI
@testable import Lifecycle

@Suite("A run's view")
struct RunViewTests {
    @Test("says whose the run is: the name of the token that asked", arguments: ["shop-ci", nil])
    func owner(_ name: String?) {
        let source = Source(
            name: SourceName("guestbook"),
            volume: "v",
            cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
        )
        let request = RunRequest(source: source.name)
        let spec = RunSpec(request, by: Caller(name: name, role: .run))
        let run = Run(id: RunID("r1"), spec: spec, source: source, createdAt: Instant(milliseconds: 0))
        let state = SystemState(
            settings: Settings(),
            install: "i",
            sources: [source],
            frameworkID: FrameworkID("f"),
            runs: [run],
            copies: []
        )
        #expect(RunView(run, in: state).owner == name)
    }
}
