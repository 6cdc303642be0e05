import FoundationEssentials
import Lifecycle
import Model
import StateStore
import Testing

@testable import Scheduler

@Suite("State as records")
struct RecordsTests {
    /// A state with this many runs, each as a frame would leave it.
    private func loop(runs: Int) throws -> (FrameLoop, [[StateChange]]) {
        var loop = FrameLoop(SystemState(settings: Settings(), install: "i", sources: [.guestbook]))
        var events: [Event] = [.subscribed(FrameworkID("f"))]
        for index in 0..<runs { events.append(.submitted(.suite(key: "k\(index)"), as: RunID("r\(index)"))) }
        let frame = try loop.frame(events, at: Instant(milliseconds: 0))
        return (loop, frame.batches)
    }

    private func records(_ batches: [[StateChange]]) -> [StateRecord] {
        batches.joined().compactMap { change in
            guard case .put(let key, let value) = change else { return nil }
            return StateRecord(key: key, value: value)
        }
    }

    @Test("what was written is what is read")
    func roundTrip() throws {
        let (loop, batches) = try loop(runs: 3)
        let loaded = try Records.load(records(batches) + [StateRecord(key: "install", value: Array("\"i\"".utf8))])
        #expect(loaded.install == "i")
        #expect(loaded.frameworkID == FrameworkID("f"))
        #expect(Set(loaded.runs) == Set(loop.state.runs.values))
    }

    @Test("whose run it is is kept; a record of before there were owners is read too")
    func owners() throws {
        var loop = FrameLoop(SystemState(settings: Settings(), install: "i", sources: [.guestbook]))
        var owned = RunSpec.suite(key: "owned")
        owned.owner = "shop-ci"
        let events: [Event] = [
            .submitted(owned, as: RunID("r1")), .submitted(.suite(key: "nobody's"), as: RunID("r2")),
        ]
        let records = records(try loop.frame(events, at: Instant(milliseconds: 0)).batches)
        let loaded = try Records.load(records)
        #expect(loaded.runs.sorted { $0.id < $1.id }.map(\.spec.owner) == ["shop-ci", nil])
        let second = try #require(records.first { $0.key == "run/r2" })
        #expect(!String(decoding: second.value, as: UTF8.self).contains("owner"), "as older versions wrote it")
    }

    @Test("a frame without changes writes nothing")
    func nothing() throws {
        var (loop, _) = try loop(runs: 0)
        #expect(try loop.frame([.tick], at: Instant(milliseconds: 1)).batches.isEmpty)
    }

    @Test("more than a store takes at once is split, and every batch is within its limits")
    func split() throws {
        let (_, batches) = try loop(runs: 1_000)
        #expect(batches.count > 1)
        #expect(records(batches).count == 1_001)
        for batch in batches {
            #expect(batch.count <= StateLimits.batchChangesMax)
            let bytes = batch.reduce(0) { sum, change in
                guard case .put(let key, let value) = change else { return sum }
                return sum + key.utf8.count + value.count
            }
            #expect(bytes <= StateLimits.batchBytesMax)
        }
    }

    @Test("a record that cannot be read is named, not skipped", arguments: ["run/x", "copy/x", "framework", "install"])
    func damaged(key: String) {
        let error = #expect(throws: SchedulerError.self) {
            try Records.load([StateRecord(key: key, value: Array("{".utf8))])
        }
        #expect(error?.code == .stateFormat)
        #expect(error?.message.contains(key) == true)
    }

    @Test("a record of an unknown kind is refused: a newer version may rely on it")
    func unknown() {
        #expect(throws: SchedulerError.self) { try Records.load([StateRecord(key: "lock", value: [])]) }
    }

    // MARK: the archive

    /// Frames of runs that are cancelled at once, and a look through history long after.
    private func archived(_ count: Int, _ spec: (Int) -> RunSpec) throws -> (FrameLoop, [[StateChange]]) {
        var loop = FrameLoop(SystemState(settings: Settings(), install: "i", sources: [.guestbook]))
        for index in 0..<count {
            let id = RunID("r\(index)")
            _ = try loop.frame([.submitted(spec(index), as: id)], at: Instant(milliseconds: Int64(index)))
            _ = try loop.frame([.release(id)], at: Instant(milliseconds: Int64(index)))
        }
        let frame = try loop.frame([.tick], at: Instant(milliseconds: 300_000))
        return (loop, frame.batches)
    }

    @Test("a chunk, what finds it, and that its runs are no more outside are one batch, however few one may have")
    func chunk() throws {
        let (loop, batches) = try archived(64) { .suite(key: $0 == 3 ? nil : "k\($0)") }
        #expect(loop.state.runs.isEmpty && batches.count == 1)
        #expect(batches.first?.count == 66)
        let loaded = try Records.load(records(batches).filter { !$0.key.hasPrefix(StateLimits.lazyPrefix) })
        #expect(loaded.runs.isEmpty && loaded.archive.count == 64)
        #expect(loaded.archive.run(withKey: "k9") == RunID("r9") && loaded.archive[RunID("r3")]?.key == nil)
        #expect(loaded.archive.chunks.map(\.runs) == loop.state.archive.chunks.map(\.runs))
    }

    @Test("chunks are within what a store takes, however large their runs are")
    func largeChunks() throws {
        let suite = { RunSpec.Suite(image: "suite:1", command: String(repeating: "x", count: 30_000 + $0)) }
        let (loop, batches) = try archived(70) { RunSpec(source: SourceName("guestbook"), suite: suite($0)) }
        #expect(batches.count == 1, "what is left is too little for another look")
        for batch in batches { try StateLimits.check(batch) }
        #expect(loop.state.archive.count == 8 && loop.state.runs.count == 62)
    }

    @Test(
        "what finds a chunk is refused when it is no such thing",
        arguments: [
            ("ended-index/x", #"{"ids":["a"],"keys":[""],"sources":["s"],"created":[1],"ended":[1]}"#),
            ("ended-index/0", #"{"ids":["a"],"keys":[""],"sources":["s"],"created":[1],"ended":[1]}"#),
            ("ended-index/1", #"{"ids":["a"],"keys":[""],"sources":["s"],"created":[1],"ended":[1,2]}"#),
            ("ended-index/1", #"{"ids":[],"keys":[],"sources":[],"created":[],"ended":[]}"#),
            ("ended-index/1", #"{"ids":["a"]}"#), ("ended-index/1", "[]"), ("ended-index/1", ""),
        ]
    )
    func badIndex(key: String, value: String) {
        let error = #expect(throws: SchedulerError.self) {
            _ = try Records.load([StateRecord(key: key, value: Array(value.utf8))])
        }
        #expect(error?.code == .stateFormat && error?.message.contains(key) == true)
    }
}
