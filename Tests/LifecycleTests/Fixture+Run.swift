import Model

@testable import Lifecycle
@testable import Simulation

extension Fixture {
    static func run(_ id: String = "r1", spec: RunSpec = spec(), source: Source = source()) -> Run {
        Run(id: RunID(id), spec: spec, source: source, createdAt: start)
    }
}
