import API

/// All agents of a large cluster in one OFFERS event, as a master sends them after an election.
enum LargeEvent {
    private static let agents = 50_000

    static func rows(_ stage: Stage) async throws -> [Row] {
        try await stage.withMaster(nodes: 1_000) { master, scheduler in
            _ = try await scheduler.client { try await $0.submit(Stage.request(fits: false)) }
            try await until("the scheduler asks for offers") {
                try master.calls(since: 0).contains { $0.kind == .revive }
            }
            var times: [Double] = []
            var whole: [Double] = []
            var calls = 0
            var megabytes = 0.0
            for _ in 0..<stage.count(5, quick: 2) {
                let answer = try await master.offer(0..<agents)
                calls = max(calls, answer.calls.count)
                megabytes = Double(answer.bytes) / 1e6
                times.append(answer.milliseconds(to: .decline) ?? .nan)
                if let last = answer.calls.last { whole.append(answer.begin.duration(to: last.at).inMilliseconds) }
            }
            let size = "\(decimal(megabytes, 0)) MB"
            return [
                .limited("calls that answer an event of \(agents) (\(size))", Double(calls), max: 1, "", digits: 0),
                .limited(
                    "event of \(agents): last byte to DECLINE",
                    Samples(times).median,
                    max: 500,
                    "ms",
                    also: spread(Samples(times)) + "; from the first byte \(decimal(Samples(whole).median, 0))"
                ),
                .limited("event of \(agents): peak resident", try scheduler.figures.peakMB, max: 256, "MB"),
                .information(
                    "event of \(agents): resident afterwards",
                    "\(decimal(try scheduler.figures.residentMB, 1)) MB"
                ),
            ]
        }
    }

    private static func spread(_ times: Samples) -> String {
        "\(decimal(times.least, 0))–\(decimal(times.most, 0)), n \(times.count)"
    }
}
