import StateStore

/// One frame's commit: a run and a copy of usual size, durable on the disk of the temporary folder.
enum Commits {
    private static let recordBytes = 2_000

    static func rows(_ stage: Stage) async throws -> [Row] {
        let store = try SQLiteStateStore(path: "\(try stage.premises.folder("commits"))/state.sqlite")
        let result: Result<[Double], any Error>
        do { result = .success(try await times(store, stage.count(2_000, quick: 200))) } catch {
            result = .failure(error)
        }
        await store.close()
        let samples = Samples(try result.get())
        return [
            .information(
                "commit of 2 records of \(recordBytes) bytes, SQLite",
                "\(decimal(samples.quantile(0.99), 2)) ms p99, median \(decimal(samples.median, 2)), "
                    + "max \(decimal(samples.most, 2)), n \(samples.count)"
            )
        ]
    }

    private static func times(_ store: SQLiteStateStore, _ count: Int) async throws -> [Double] {
        let epoch = try await store.open().epoch
        var times: [Double] = []
        for number in 0..<count {
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: recordBytes)
            let changes = ["run/", "copy/"].map { StateChange.put(key: "\($0)\(number % 100)", value: value) }
            let begin = ContinuousClock.now
            _ = try await store.commit(changes, epoch: epoch)
            times.append(begin.duration(to: .now).inMilliseconds)
        }
        return times
    }
}
