import Model
import NIOCore
import Synchronization

/// All event streams of one server: how many there may be, whose they are, and how they end.
final class EventStreams: Sendable {
    /// What each stream is held to.
    struct Limits: Sendable {
        /// Streams at once.
        var streamsMax = ControlLimits.streamsMax
        /// Streams of one holder at once.
        var perHolderMax = ControlLimits.streamsPerCallerMax
        /// Between two looks whether the reader may still read.
        var recheck = ControlLimits.streamRecheck
        /// Between two events that are no phases.
        var pace = ControlLimits.streamPace
        /// Silence after which a comment is sent.
        var keepAlive = ControlLimits.streamKeepAlive
        /// A reader who takes nothing for so long is dropped.
        var write = ControlLimits.streamWrite
        /// From the wish to end a stream to the end of its connection: a reader that reads has all of it by then.
        var linger = ControlLimits.streamLinger
    }

    /// Whose share a stream counts to.
    enum Holder: Hashable, Sendable, CustomStringConvertible {
        /// A token's name: a new token of the old name gets no second share.
        case token(String)
        /// Where nobody is asked for a token.
        case address(String)

        /// For people.
        var description: String {
            switch self {
            case .token(let name): "token \(name)"
            case .address(let address): "address \(address)"
            }
        }
    }

    /// A stream's place among them; letting go of it gives the place back.
    final class Place: Sendable {
        private struct State {
            var isWriting = false
            var isEnding = false
        }

        let views: any RunViews
        private let channel: any Channel
        private let linger: TimeAmount
        private let state = Mutex(State())
        private let giveBack: @Sendable () -> Void

        init(
            _ views: any RunViews,
            _ channel: any Channel,
            linger: Span,
            giveBack: @escaping @Sendable () -> Void
        ) {
            self.views = views
            self.channel = channel
            self.linger = .milliseconds(linger.milliseconds)
            self.giveBack = giveBack
        }

        deinit { giveBack() }

        /// Ends the stream after what it is about to tell; one whose reader takes nothing is cut off.
        func end() {
            let isWriting = state.withLock { state in
                state.isEnding = true
                return state.isWriting
            }
            views.end()
            guard !isWriting else { return channel.close(promise: nil) }
            // What was written may still wait for the reader to take it.
            let channel = channel
            channel.eventLoop.scheduleTask(in: linger) { channel.close(promise: nil) }
        }

        /// To be called before a write: closes the connection when that takes too long, which fails the write.
        ///
        /// - Returns: what ``ended(_:)`` is to be told after the write.
        func begin(within limit: Span) -> Scheduled<Void> {
            let limit = state.withLock { state in
                state.isWriting = true
                return state.isEnding ? linger : .milliseconds(limit.milliseconds)
            }
            let channel = channel
            return channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        }

        /// To be called after a write.
        func ended(_ alarm: Scheduled<Void>) {
            alarm.cancel()
            state.withLock { $0.isWriting = false }
        }
    }

    private struct State {
        var places: [UInt64: Entry] = [:]
        var next: UInt64 = 0
        var isShutDown = false
    }

    private struct Entry {
        let holder: Holder
        weak var place: Place?
    }

    let limits: Limits
    let clock: any StreamClock
    private let state = Mutex(State())

    init(_ limits: Limits = Limits(), clock: any StreamClock = RealStreamClock()) {
        self.limits = limits
        self.clock = clock
    }

    /// How many there are.
    var count: Int { state.withLock { $0.places.count } }

    /// Takes a place.
    ///
    /// - Throws: 429 when the holder's share is taken, 503 when all places are, or the server stops.
    func place(
        for views: any RunViews,
        of holder: Holder,
        on channel: any Channel
    ) throws(APIRefusal) -> Place {
        let number = try state.withLock { state throws(APIRefusal) in
            guard !state.isShutDown else { throw .busy("the scheduler is stopping") }
            guard state.places.values.count(where: { $0.holder == holder }) < limits.perHolderMax else {
                throw APIRefusal(
                    status: 429,
                    code: "api.too_many_streams",
                    message:
                        "\(holder) has \(limits.perHolderMax) event streams open, and may not have more; close one, "
                        + "or ask for the run instead"
                )
            }
            guard state.places.count < limits.streamsMax else {
                throw .busy("there are \(limits.streamsMax) event streams already; ask for the run instead")
            }
            state.next += 1
            state.places[state.next] = Entry(holder: holder)
            return state.next
        }
        let place = Place(views, channel, linger: limits.linger) { [weak self] in
            self?.state.withLock { _ = $0.places.removeValue(forKey: number) }
        }
        let isLate = state.withLock { state in
            state.places[number]?.place = place
            return state.isShutDown
        }
        if isLate { place.end() }
        return place
    }

    /// Ends all of them, and lets in no more.
    func shutDown() {
        let places = state.withLock { state in
            state.isShutDown = true
            return state.places.values.compactMap(\.place)
        }
        places.forEach { $0.end() }
    }
}

extension APIRefusal {
    static func busy(_ message: String) -> APIRefusal { APIRefusal(status: 503, code: "api.busy", message: message) }
}
