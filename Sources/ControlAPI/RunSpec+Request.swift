import API
import Lifecycle
import Model

extension RunSpec {
    /// What the core is asked for; the request has been checked field by field.
    init(_ request: RunRequest, by caller: Caller) {
        self.init(
            key: request.key,
            source: request.source,
            suite: request.suite.map(Suite.init),
            lease: request.lease,
            keepOnFailure: request.keepOnFailure,
            sameDataAs: request.sameDataAs,
            inspects: request.inspect == true ? true : nil,
            priority: request.priority ?? 0,
            owner: caller.name,
            ownerRuns: caller.runs
        )
    }
}

extension RunSpec.Suite {
    fileprivate init(_ suite: RunRequest.Suite) {
        self.init(
            image: suite.image,
            command: suite.command,
            environment: suite.env.sorted { $0.key < $1.key }.map { Label($0.key, $0.value) }
        )
        if let cpus = suite.cpus { milliCPUs = Int64((cpus * 1_000).rounded()) }
        if let memory = suite.memoryMB { memoryMB = Int64(memory) }
    }
}
