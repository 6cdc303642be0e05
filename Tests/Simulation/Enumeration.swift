import Lifecycle
import Model

/// Every short sequence of what may happen next, each from the same moment of one play.
///
/// What may happen is what the world allows: an answer only to a call that was made, an update only of a pod that runs.
struct Enumeration: Sendable {
    /// What becomes of the next thing that is due.
    enum Choice: Hashable, CaseIterable, Sendable {
        case happens
        /// A call does what it does, and nobody hears of it.
        case silent
        /// A call does nothing, and says so.
        case refused
        /// The process ends right before.
        case crash
    }

    /// How many moments were held against the rules.
    private(set) var moments = 0
    /// The first broken rule, with the choices that led to it; nil for none.
    private(set) var fault: String?

    /// Goes through all sequences of this length, and through all shorter ones on the way.
    mutating func explore(_ world: World, length: Int, after path: [Choice] = [], end: (inout World) -> Void) {
        guard fault == nil else { return }
        moments += 1
        if let violation = world.checks.violations.first {
            fault = "\(path): \(violation)"
            return
        }
        guard length > 0 else {
            var last = world
            end(&last)
            if let violation = last.checks.violations.first { fault = "\(path), and on: \(violation)" }
            return
        }
        for choice in world.choices {
            var next = world
            next.play(choice)
            explore(next, length: length - 1, after: path + [choice], end: end)
        }
    }
}

extension World {
    /// What may become of what is due next.
    var choices: [Enumeration.Choice] {
        guard let entry = agenda.first, entry.at <= now + .seconds(1) else { return [.happens, .crash] }
        switch entry.what {
        case .arrival: return Enumeration.Choice.allCases
        case .answer, .news, .acknowledgement, .stored, .failedOver, .pod, .start, .subscription, .agentReturns,
            .agentRegisters:
            return [.happens, .crash]
        }
    }

    /// Lets the next thing happen, or a second pass when there is none.
    mutating func play(_ choice: Enumeration.Choice) {
        if choice == .crash { restart() }
        guard agenda.first.map({ $0.at <= now + .seconds(1) }) ?? false,
            let entry = agenda.next(until: now + .seconds(1))
        else { return advance(to: now + .seconds(1)) }
        now = max(now, entry.at)
        switch (choice, entry.what) {
        case (.silent, .arrival(let effect, _)): happen(entry.with(.arrival(effect, .silent)))
        case (.refused, .arrival(let effect, _)): happen(entry.with(.arrival(effect, .refused(Fixture.no))))
        case (_, _): happen(entry)
        }
    }
}

extension World.Entry {
    fileprivate func with(_ what: World.Happening) -> Self {
        Self(at: at, order: order, process: process, stream: stream, what: what)
    }
}
