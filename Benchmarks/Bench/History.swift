import API
import FoundationEssentials
import Lifecycle
import LocalCluster
import Model
import Scheduler
import StateStore

/// What a long history costs at a start, and when nothing happens.
enum History {
    private static let runs = 100_000
    private static let agents = 10
    /// Made at a time, so that the bench itself stays small.
    private static let block = 2_000

    static func rows(_ stage: Stage) async throws -> [Row] {
        let count = stage.count(runs, quick: 10_000)
        let state = "\(try stage.premises.folder("history"))/state.sqlite"
        try await write(count, of: try await template(stage), into: state)
        return try await BenchCluster.with(nodes: 5, on: stage.premises) { cluster in
            var starts: [Double] = []
            var rows: [Row] = []
            let rounds = stage.count(5, quick: 2)
            for round in 1...rounds {
                let scheduler = try await SchedulerProcess.start(
                    stage,
                    master: cluster.masterAddress,
                    portworx: cluster.storageURL,
                    state: state,
                    ["--history-max", "\(runs)"]
                )
                starts.append(scheduler.subscribedAfter.inMilliseconds)
                if round == rounds { rows = try await idle(scheduler, count, try size(state)) }
                await scheduler.stop()
            }
            let starting = Samples(starts)
            return [
                .limited(
                    "start to subscribed, \(count) ended runs",
                    starting.median,
                    max: 2_000,
                    "ms",
                    also: "\(starting.count) starts, \(decimal(starting.least, 1))–\(decimal(starting.most, 1))"
                )
            ] + rows
        }
    }

    private static func idle(_ scheduler: SchedulerProcess, _ count: Int, _ megabytes: Double) async throws -> [Row] {
        try await Task.sleep(for: .seconds(6))
        let resident = try scheduler.figures.residentMB
        return try await scheduler.client { client in
            let begin = ContinuousClock.now
            let page = try await client.runs(RunsQuery(limit: 100))
            let listing = (ContinuousClock.now - begin).inMilliseconds
            guard page.runs.count == 100 else { throw BenchFault("only \(page.runs.count) runs are remembered") }
            return [
                .limited("idle, \(count) ended runs: resident", resident, max: 100, "MB"),
                .information(
                    "list 100 of \(count) ended runs",
                    "\(decimal(listing, 1)) ms; the state file has \(decimal(megabytes, 0)) MB"
                ),
            ]
        }
    }

    private static func size(_ path: String) throws -> Double {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return Double((attributes[.size] as? Int) ?? (attributes[.size] as? UInt64).map(Int.init) ?? 0) / 1_048_576
    }

    /// The record of a run that was launched and given back, as a scheduler wrote it.
    private static func template(_ stage: Stage) async throws -> [UInt8] {
        let (id, state) = try await stage.withMaster(nodes: agents) { master, scheduler in
            let id = try await scheduler.client { client in
                let run = try await client.submit(Stage.request(fits: true)).run.id
                // A scheduler that has just begun knows no node yet when it gets the first.
                try await until("a run that fits is launched") {
                    try await master.offer(0..<agents).milliseconds(to: .accept) != nil
                }
                _ = try await client.release(run)
                try await until("run \(run) has ended") { try await client.run(run).phase == .ended }
                return run
            }
            return (id, scheduler.state)
        }
        let store = try SQLiteStateStore(path: state)
        let records = try await store.open().records
        await store.close()
        guard let record = records.first(where: { $0.key == "run/\(id)" }) else {
            throw BenchFault("a run that has ended is not in the state")
        }
        return Array(String(decoding: record.value, as: UTF8.self).replacing(id.value, with: "RUN").utf8)
    }

    /// Ends as many runs as wanted by the scheduler's own frames.
    private static func write(_ count: Int, of template: [UInt8], into path: String) async throws {
        let text = String(decoding: template, as: UTF8.self)
        let store = try SQLiteStateStore(path: path)
        let epoch = try await store.open().epoch
        var settings = Settings()
        settings.historyMax = runs
        var archive = Archive()
        for start in stride(from: 0, to: count, by: block) {
            let records = (start..<min(start + block, count)).map { number in
                let id = "r" + String(number + 1_000_000_000, radix: 36) + "abc"
                let text = text.replacing("RUN", with: id)
                    .replacing(#""spec":{"#, with: #""spec":{"key":"pipeline-\#(number)/test","#)
                return StateRecord(key: "run/\(id)", value: Array(text.utf8))
            }
            let loaded = try Records.load(records)
            guard let ended = loaded.runs.first?.phaseSince else { continue }
            let state = SystemState(
                settings: settings,
                install: "bench",
                sources: [],
                frameworkID: nil,
                runs: loaded.runs,
                copies: [],
                archive: archive
            )
            var loop = FrameLoop(state)
            // What is too few for a chunk is left out.
            for batch in try loop.frame([.tick], at: ended + .minutes(2)).batches {
                _ = try await store.commit(batch, epoch: epoch)
            }
            archive = loop.state.archive
        }
        await store.close()
    }
}
