import Lifecycle
import Model
import Synchronization
import Testing

@testable import Scheduler

@Suite("Watching a run", .timeLimit(.minutes(6)))
struct RunFeedTests {
    private func submitted(_ bench: Bench) async throws -> RunID {
        try await bench.scheduler.submit(.suite()).get().run.id
    }

    private static func offer(_ number: Int) -> Event {
        .offers([Offer(id: OfferID("\(number)"), agentID: AgentID("a"), hostname: "h")])
    }

    @Test("tells at once, and then of each change")
    func changes() async throws {
        let bench = Bench()
        try await bench.play {
            let id = try await submitted(bench)
            let watch = try #require(await bench.scheduler.watch(id))
            #expect(await watch.next())
            _ = try await bench.scheduler.release(id)
            #expect(await watch.next())
            #expect(await bench.scheduler.state.runs[id]?.result == .cancelled)
            #expect(await bench.scheduler.watch(RunID("nobody")) == nil)
        }
    }

    @Test("tells nothing before it is durable")
    func durable() async throws {
        let bench = Bench()
        try await bench.play {
            let id = try await submitted(bench)
            let watch = try #require(await bench.scheduler.watch(id))
            #expect(await watch.next())
            await bench.store.hold()
            let hasSpoken = Mutex(false)
            let news = Task {
                let isNews = await watch.next()
                hasSpoken.withLock { $0 = true }
                return isNews
            }
            let released = Task { try await bench.scheduler.release(id) }
            await bench.store.held()
            for _ in 0..<100 { await Task.yield() }
            #expect(!hasSpoken.withLock { $0 })
            #expect(await bench.scheduler.state.runs[id]?.phase == .requested, "nor does anybody who asks hear of it")
            await bench.store.letGo()
            #expect(await news.value)
            #expect(await bench.scheduler.state.runs[id]?.result == .cancelled)
            #expect(try await released.value.get()?.result == .cancelled)
        }
    }

    @Test("who lags is told once for all of it, offers that were refused among it")
    func lags() async throws {
        let bench = Bench()
        try await bench.play {
            #expect(await bench.scheduler.handle(.subscribed(FrameworkID("f"))))
            let id = try await submitted(bench)
            let watch = try #require(await bench.scheduler.watch(id))
            #expect(await watch.next())
            for number in 0..<100 { _ = await bench.scheduler.handle(Self.offer(number)) }
            #expect(await watch.next())
            #expect(await bench.scheduler.state.waits[id]?.offers == 100)
            let more = Task { await watch.next() }
            for _ in 0..<100 { await Task.yield() }
            more.cancel()
            #expect(await !more.value, "there was one signal in store")
            _ = try await bench.scheduler.release(id)
            #expect(await watch.next(), "being cancelled lost nothing")
        }
    }

    @Test("stopping ends every watch, and letting go of one forgets it")
    func ends() async throws {
        let bench = Bench()
        let feed = RunFeed()
        try await bench.play {
            let id = try await submitted(bench)
            let watch = try #require(await bench.scheduler.watch(id))
            #expect(await watch.next())
            // What has changed meanwhile is told first.
            let waiting = Task { while await watch.next() {} }
            await bench.scheduler.stop()
            await waiting.value
            #expect(await !watch.next())
            var other: RunWatch? = feed.watch(id, in: await bench.scheduler.state)
            #expect(feed.count == 1)
            #expect(await other?.next() == true)
            other = nil
            #expect(feed.count == 0)
        }
    }

    @Test("a run that is forgotten is watched no more")
    func forgotten() async throws {
        let nothing = SystemState(settings: Settings(), install: "test", sources: [])
        let feed = RunFeed()
        let watch = feed.watch(RunID("abc"), in: nothing)
        feed.publish([], in: nothing)
        #expect(await watch.next(), "what was in store is still told")
        #expect(await !watch.next())
        #expect(feed.count == 0)
    }
}
