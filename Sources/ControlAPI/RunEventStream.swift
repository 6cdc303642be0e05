import API
import Hummingbird
import Logging
import Model
import NIOCore

/// One reader's stream of what becomes of a run, from the first event to the last.
struct RunEventStream: Sendable {
    private enum Waking {
        case view(RunView?)
        case time
    }

    /// Said first: a proxy sees that it has begun, and a browser that is cut off comes back after a second.
    private static let opening = Array(": the run's phases as they come\nretry: 1000\n\n".utf8)
    private static let comment = Array(": still here\n\n".utf8)

    let place: EventStreams.Place
    /// Whether whoever asked may still read is asked again and again.
    let grant: AccessGrant
    let limits: EventStreams.Limits
    let clock: any StreamClock
    let logger: Logger
    var telling: RunTelling
    /// As the run stood when the stream was asked for.
    let first: RunView

    /// Writes until the run has ended, the reader is gone or may no longer read, or the server stops.
    ///
    /// - Throws: the connection's error; the connection is closed then.
    @concurrent func write(_ request: Request, to writer: inout any ResponseBodyWriter) async throws {
        try await request.body.consumeWithInboundCloseHandler { _ in
            try await tell(to: &writer)
        } onInboundClosed: { [place] in
            place.end()
        }
    }

    @concurrent private func tell(to writer: inout any ResponseBodyWriter) async throws {
        var telling = telling
        try await send(Self.opening, to: &writer)
        var spokeAt = clock.now()
        var waking = Waking.view(first)
        while true {
            let now = clock.now()
            guard mayRead() else { return try await finish(&writer) }
            let events: [StreamEvent]
            switch waking {
            case .view(let view?): events = telling.take(view, at: now)
            case .time: events = telling.due(at: now)
            case .view(nil): return try await finish(&writer)
            }
            if !events.isEmpty {
                try await send(try events.flatMap { try $0.bytes() }, to: &writer)
                spokeAt = now
            } else if now >= spokeAt + limits.keepAlive {
                try await send(Self.comment, to: &writer)
                spokeAt = now
            }
            if telling.isOver { return try await finish(&writer) }
            try Task.checkCancellation()
            var alarm = min(telling.dueAt ?? spokeAt + limits.keepAlive, spokeAt + limits.keepAlive)
            if grant.isRevocable { alarm = min(alarm, now + limits.recheck) }
            waking = await wake(at: alarm)
        }
    }

    /// Looked at before anything is told, so that nothing is told to who has lost the leave.
    private func mayRead() -> Bool {
        guard !grant.holds(for: .view) else { return true }
        logger.notice(
            "ended an event stream: its token is no longer good",
            metadata: ["run.id": "\(first.id)", "access.name": "\(grant.caller.name ?? "")"]
        )
        return false
    }

    /// The next view, or time, whichever comes first.
    private func wake(at moment: Instant) async -> Waking {
        await withTaskGroup(of: Waking.self) { [place, clock] group in
            group.addTask { .view(await place.views.next()) }
            group.addTask {
                await clock.sleep(until: moment)
                return .time
            }
            let first = await group.next() ?? .time
            group.cancelAll()
            // Both may have come: a view that was taken must not be lost.
            if case .time = first, case .view(let view?) = await group.next() { return .view(view) }
            return first
        }
    }

    @concurrent private func send(_ bytes: [UInt8], to writer: inout any ResponseBodyWriter) async throws {
        let alarm = place.begin(within: limits.write)
        defer { place.ended(alarm) }
        do {
            try await writer.write(ByteBuffer(bytes: bytes))
        } catch {
            logger.debug("an event stream's reader is gone or takes nothing", metadata: ["run.id": "\(first.id)"])
            throw error
        }
    }

    @concurrent private func finish(_ writer: inout any ResponseBodyWriter) async throws {
        let alarm = place.begin(within: limits.write)
        defer { place.ended(alarm) }
        try await writer.finish(nil)
    }
}
