import API
import Model

/// How soon offers are answered on the wire, with runs that wait and with SQLite.
enum Answers {
    private static let agents = 1_000
    private static let limit = 10.0
    /// From then on a waiting run looks at every agent, not only at those that hold its data.
    private static let patience = Duration.seconds(61)

    static func rows(_ stage: Stage) async throws -> [Row] {
        try await stage.withMaster(nodes: agents) { master, scheduler in
            try await scheduler.client { client in
                let run = try await client.submit(Stage.request(fits: false)).run.id
                let submitted = ContinuousClock.now
                try await until("the scheduler asks for offers") { try asked(master, since: 0) }
                var rows = try await declines(master, batch: 10, events: stage.count(1_000, quick: 100))
                if !stage.quick { try await Task.sleep(until: submitted + patience, clock: .continuous) }
                rows += try await declines(master, batch: agents, events: stage.count(300, quick: 30))
                _ = try await client.release(run)
                rows.append(try await accepts(master, client, count: stage.count(100, quick: 10)))
                return rows
            }
        }
    }

    private static func asked(_ master: BenchMaster, since mark: Int) throws -> Bool {
        try master.calls(since: mark).contains { $0.kind == .revive }
    }

    private static func declines(_ master: BenchMaster, batch: Int, events: Int) async throws -> [Row] {
        // The first ones find cold caches; they are no figure of a scheduler that runs for weeks.
        for _ in 0..<10 { _ = try await master.offer(0..<batch) }
        var times: [Double] = []
        var calls = 0
        for event in 0..<events {
            let first = event * batch % agents
            let answer = try await master.offer(first..<first + batch)
            calls = max(calls, answer.calls.count)
            if let time = answer.milliseconds(to: .decline) { times.append(time) }
        }
        return [
            latency("offer to DECLINE, \(batch) of \(agents) agents an event", times),
            .limited("calls that answer an event of \(batch)", Double(calls), max: 1, "", digits: 0),
        ]
    }

    /// A run after the other, each launched from an event with all agents.
    private static func accepts(_ master: BenchMaster, _ client: APIClient, count: Int) async throws -> Row {
        var times: [Double] = []
        for _ in 0..<count {
            let mark = master.mark
            let run = try await client.submit(Stage.request(fits: true)).run.id
            times.append(try await accepted(master, since: mark))
            _ = try await client.release(run)
            try await until("run \(run) has ended") { try await client.run(run).phase == .ended }
        }
        return latency("offer to ACCEPT, \(agents) agents an event", times)
    }

    /// Offers whenever the scheduler asks, until it takes one.
    private static func accepted(_ master: BenchMaster, since mark: Int) async throws -> Double {
        let deadline = ContinuousClock.now + .seconds(60)
        var mark = mark
        while ContinuousClock.now < deadline {
            let seen = mark
            try await until("the scheduler asks for offers") { try asked(master, since: seen) }
            mark = master.mark
            let answer = try await master.offer(0..<agents)
            if let time = answer.milliseconds(to: .accept) { return time }
        }
        throw BenchFault("a run that fits was not launched")
    }

    /// The median of five rounds' 99th percentiles: one that another program's burst fell into decides nothing.
    private static func latency(_ name: String, _ times: [Double]) -> Row {
        let rounds = 5
        let length = (times.count + rounds - 1) / rounds
        let percentiles = Samples(
            stride(from: 0, to: times.count, by: max(1, length)).map { start in
                Samples(Array(times[start..<min(start + length, times.count)])).quantile(0.99)
            }
        )
        let all = Samples(times)
        return .limited(
            name,
            percentiles.median,
            max: limit,
            "ms p99",
            digits: 2,
            also: "\(decimal(percentiles.least, 2))–\(decimal(percentiles.most, 2)), "
                + "median \(decimal(all.median, 2)), max \(decimal(all.most, 2)), n \(all.count)"
        )
    }
}
