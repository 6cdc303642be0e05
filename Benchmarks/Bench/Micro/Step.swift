import Lifecycle
import Mesos
import Model

/// One OFFERS event against all runs that wait: the core alone, without network and disk.
enum Step {
    private static let agents = 1_000
    private static let waiting = 100
    private static let start = Instant(milliseconds: 1_750_000_000_000)

    static func rows(_ stage: Stage) throws -> [Row] {
        [
            try row(stage, "holding its data looked at", after: .seconds(1)),
            try row(stage, "all looked at in full", after: .seconds(61)),
        ]
    }

    private static func row(_ stage: Stage, _ what: String, after wait: Span) throws -> Row {
        var agentOffers = BenchAgents(framework: "f")
        var state = waitingState()
        var times: [Double] = []
        for _ in 0..<stage.count(50, quick: 5) {
            let offers = try decoded(agentOffers.offers(0..<agents).record)
            let begin = ContinuousClock.now
            let transition = state.step(.offers(offers), at: start + wait)
            times.append(begin.duration(to: .now).inMilliseconds)
            guard case .decline(let ids, _)? = transition.effects.first, ids.count == agents else {
                throw BenchFault("offers that fit nobody were not declined")
            }
        }
        let samples = Samples(times)
        return .information(
            "step, \(agents) offers x \(waiting) runs, \(what)",
            "\(decimal(samples.median, 1)) ms, \(decimal(samples.least, 1))–\(decimal(samples.most, 1)), "
                + "n \(samples.count)"
        )
    }

    /// Runs that no agent has the CPUs for, and a Portworx node on every agent's host.
    private static func waitingState() -> SystemState {
        let source = Source(
            name: SourceName("bench"),
            volume: "production",
            cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "bench"),
            limits: Source.Limits(runs: 1_000)
        )
        var state = SystemState(settings: Settings(), install: "bench", sources: [source])
        let nodes = (0..<agents).map { number in
            StorageNode(
                id: NodeID("node-\(number)"),
                hostname: BenchCluster.hostname(number),
                pools: [StoragePool(id: PoolID("pool-\(number)"), tier: .low)]
            )
        }
        let replicas = (0..<3).map { Volume.Replica(node: NodeID("node-\($0)"), pool: PoolID("pool-\($0)")) }
        let volume = Volume(id: VolumeID("1"), name: source.volume, replicas: replicas)
        var events: [Event] = [
            .subscribed(FrameworkID("f")), .nodesRead(.success(nodes)), .sourceRead(source.name, .success([volume])),
        ]
        let suite = RunSpec.Suite(image: "suite:1", command: "true", milliCPUs: 60_000)
        events += (0..<waiting).map { number in
            .submitted(RunSpec(source: source.name, suite: suite), as: RunID("run\(number)"))
        }
        _ = state.step(events, at: start)
        return state
    }

    private static func decoded(_ stream: [UInt8]) throws -> [Offer] {
        var records = RecordIODecoder()
        records.feed(stream)
        guard let record = try records.next(), case .offers(let offers, _) = try SchedulerEvent(record: record) else {
            throw BenchFault("the bench's own offers cannot be read")
        }
        return offers
    }
}
