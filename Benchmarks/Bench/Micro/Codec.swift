import Mesos

/// From the stream's bytes to offers: RecordIO and protobuf.
enum Codec {
    /// As libcurl hands them over.
    private static let chunkBytes = 16 * 1_024

    static func rows(_ stage: Stage) throws -> [Row] {
        try [1_000, 50_000].map { count in
            var agents = BenchAgents(framework: "5d9e2f6c-41ab-4f0e-9c1c-2f6d8a7b3e10-0007")
            let record = agents.offers(0..<count).record
            let rounds = max(3, stage.count(500_000, quick: 100_000) / count)
            var rates: [Double] = []
            for _ in 0..<rounds {
                let begin = ContinuousClock.now
                let decoded = try decode(record)
                rates.append(Double(decoded) / (begin.duration(to: .now).inMilliseconds / 1_000))
                guard decoded == count else { throw BenchFault("\(decoded) of \(count) offers were decoded") }
            }
            let rate = Samples(rates)
            return .information(
                "decode, \(count) offers an event (\(record.count / count) bytes each)",
                "\(thousands(rate.median)) offers/s, \(thousands(rate.least))–\(thousands(rate.most)), n \(rounds)"
            )
        }
    }

    private static func thousands(_ rate: Double) -> String { "\(decimal(rate / 1_000, 0))k" }

    private static func decode(_ stream: [UInt8]) throws -> Int {
        var records = RecordIODecoder()
        var offers = 0
        for start in Swift.stride(from: 0, to: stream.count, by: chunkBytes) {
            records.feed(Array(stream[start..<min(start + chunkBytes, stream.count)]))
            while let record = try records.next() {
                if case .offers(let good, _) = try SchedulerEvent(record: record) { offers += good.count }
            }
        }
        return offers
    }
}
