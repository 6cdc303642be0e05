import API
import Model

/// One event of a stream.
struct StreamEvent: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        /// A phase of the run, with its place in the run's list of phases.
        case phase(Int, PhaseEvent)
        /// Anything else about it.
        case run(RunView)
    }

    var content: Content

    /// As it goes over the wire: fields, and the blank line that ends it.
    ///
    /// - Throws: `EncodingError` for a number that JSON cannot hold.
    func bytes() throws -> [UInt8] {
        // JSON has no line feed outside of its strings, and none unescaped inside of them: one line is enough.
        switch content {
        case .phase(let index, let event):
            Array("id: \(index)\nevent: phase\ndata: ".utf8) + (try APIJSON.bytes(event)) + Array("\n\n".utf8)
        case .run(let view): Array("event: run\ndata: ".utf8) + (try APIJSON.bytes(view)) + Array("\n\n".utf8)
        }
    }
}

/// What one stream has told of its run, and what it owes.
///
/// Phases are told at once and each of them; whatever else changes is told as one, at most so often.
struct RunTelling: Hashable, Sendable {
    private let pace: Span
    /// Phases told, those that the reader had before among them.
    private var told: Int
    /// As last told.
    private var shown: RunView?
    /// Not told yet.
    private var owed: RunView?
    private var nextRunAt: Instant?
    /// Nothing more becomes of the run, and everything is told.
    private(set) var isOver = false

    /// - Parameters:
    ///   - last: the place of the last phase that the reader has; nil for none.
    ///   - pace: between two events other than phases.
    init(after last: Int?, pace: Span) {
        told = last.map { $0 + 1 } ?? 0
        self.pace = pace
    }

    /// When ``due(at:)`` has something to tell; nil when it has not.
    var dueAt: Instant? { owed == nil ? nil : nextRunAt }

    /// What is to be told at once now that the run looks like this.
    mutating func take(_ view: RunView, at now: Instant) -> [StreamEvent] {
        let fresh = view.phases.indices.dropFirst(told)
        guard fresh.isEmpty else {
            told = view.phases.count
            shown = view
            owed = nil
            isOver = view.phase == .ended
            return fresh.map { index in
                StreamEvent(content: .phase(index, PhaseEvent(phase: view.phases[index], run: view)))
            }
        }
        owed = view == shown ? nil : view
        let events = due(at: now)
        isOver = view.phase == .ended && owed == nil
        return events
    }

    /// What has waited long enough.
    mutating func due(at now: Instant) -> [StreamEvent] {
        guard let view = owed, nextRunAt.map({ $0 <= now }) ?? true else { return [] }
        nextRunAt = now + pace
        shown = view
        owed = nil
        isOver = view.phase == .ended
        return [StreamEvent(content: .run(view))]
    }
}
