import Model
import Synchronization

/// What a run's event stream tells.
enum RunEvent: Hashable, Sendable {
    /// A phase, with its place in the run's list of phases.
    case phase(Int, PhaseEvent)
    /// Anything else about the run.
    case run(RunView)

    /// The run as it stood when this was sent.
    var view: RunView {
        switch self {
        case .phase(_, let event): event.run
        case .run(let view): view
        }
    }
}

/// A run's events as they come; one reader.
struct RunEvents: Sendable {
    private let id: RunID
    private let stream: any APIByteStream
    private var parser = EventStreamParser()
    private var waiting: [ServerSentEvent] = []

    init(of id: RunID, _ stream: any APIByteStream) {
        self.id = id
        self.stream = stream
    }

    /// Ends the stream; a reader that waits is told so.
    ///
    /// Safe to repeat, and from anywhere.
    func cancel() { stream.cancel() }

    /// The events that have come since the last call, or come next; none for a sign of life.
    ///
    /// - Parameter limit: the longest silence.
    /// - Returns: nil at the stream's proper end.
    /// - Throws: `api.unreachable` when it breaks, is cancelled or silent for too long; `api.bad_answer` for what is no
    ///   event of this run.
    mutating func next(within limit: Span) async throws(APIError) -> [RunEvent]? {
        guard let bytes = try await stream.next(within: limit) else { return nil }
        var events: [RunEvent] = []
        for event in try parser.feed(bytes) {
            if let event = try read(event) { events.append(event) }
        }
        return events
    }

    /// nil for a kind of event that is not known here: a newer server may have more.
    private func read(_ event: ServerSentEvent) throws(APIError) -> RunEvent? {
        let read: RunEvent
        do {
            switch event.name {
            case "phase":
                let content = try APIJSON.read(Array(event.data.utf8), as: PhaseEvent.self)
                guard let place = event.id.flatMap({ Int($0) }), content.run.phases.indices.contains(place) else {
                    throw APIError(.badAnswer, .badAnswer, "a phase whose id is none of the run's")
                }
                read = .phase(place, content)
            case "run": read = .run(try APIJSON.read(Array(event.data.utf8), as: RunView.self))
            default: return nil
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(
                .badAnswer,
                .badAnswer,
                "an event that is not this API's: \(printable(event.data, max: 200))"
            )
        }
        guard read.view.id == id else { throw APIError(.badAnswer, .badAnswer, "an event of another run") }
        return read
    }
}
