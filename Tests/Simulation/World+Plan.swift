import Lifecycle
import Model

/// The sweep's plan is what is done: it is held against the step and the effects of the same state.
extension World {
    /// Holds the plan against what a tick and ``SystemState/due(at:)`` make of the same state.
    mutating func checkPlan() {
        // Of every few moments, while faults last: a plan costs as much as a frame.
        guard isUp, chance?.isQuiet != true else { return }
        let time = now + current.skew
        let before = state.sweepPlan(at: time)
        var next = state
        _ = next.step(.tick, at: time)
        for entry in before.entries where entry.action == .delete && entry.state == Copy.State.present.rawValue {
            let isOver = next.copies[CopyName(entry.name)].map { $0.state == .condemned || $0.state == .gone } ?? true
            checks.require(isOver, "the plan deletes \(entry.name), and a step does not condemn it")
        }
        let due = Dictionary(next.due(at: time).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in next.sweepPlan(at: time).entries { hold(entry, against: due, in: next) }
    }

    private mutating func hold(_ entry: SweepPlan.Entry, against due: [Effect.Key: Effect], in state: SystemState) {
        let key: Effect.Key
        switch entry.kind {
        case .task: key = .kill(TaskID(entry.name))
        case .snapshot, .clone, .orphan: key = .copy(CopyName(entry.name))
        }
        guard !state.isUnderWay(key), entry.kind == .task || state.copies[CopyName(entry.name)] != nil else { return }
        let word = due[key]?.word ?? "nothing"
        let isSo =
            switch entry.action {
            case .make: word == "create"
            case .look: ["find", "inspect", "adopt"].contains(word)
            case .delete: word == "delete"
            // A copy on an agent out of sight waits, and is looked at meanwhile.
            case .wait: ["nothing", "inspect"].contains(word)
            case .end: ["nothing", "kill"].contains(word)
            case .keep, .nothing: word == "nothing"
            }
        checks.require(isSo, "the plan says \(entry.action) of \(entry.name) (\(entry.why)), and due is \(word)")
    }

    /// Volumes that no ledger knows, that a list now shows again as they were, and what the plan says of them.
    func orphansPlanned(_ events: [Event], at time: Instant) -> [VolumeID: SweepPlan.Action] {
        var planned: [VolumeID: SweepPlan.Action] = [:]
        for case .listed(.success(let volumes)) in events where !state.orphansSeen.isEmpty {
            let plan = state.sweepPlan(at: time)
            for volume in volumes where state.orphansSeen[volume.id]?.volume == volume {
                planned[volume.id] = plan.entries.first { $0.volume == volume.id && $0.state == "unknown" }?.action
            }
        }
        return planned
    }

    /// Holds what the plan said of them against what the list made of them.
    mutating func checkOrphans(_ planned: [VolumeID: SweepPlan.Action]) {
        for (id, action) in planned {
            let isTaken = state.copies[CopyName("orphan-\(id)")] != nil
            checks.require(
                isTaken == (action == .delete),
                "the plan says \(action) of \(id), and a list does otherwise"
            )
        }
    }
}
