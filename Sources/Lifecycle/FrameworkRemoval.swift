import Model

/// The master has removed our framework: torn down, or away for longer than its fail-over time-out.
///
/// A state of its own and not an end of the process, which a supervisor would only start again. Nothing is launched and
/// no run goes on; copies are cleaned up as ever. The way out is ``SystemState/admitFrameworkReset()``.
extension SystemState {
    /// For people; the same wherever it is said.
    public static let removalObstacle = "the Mesos master has removed our framework"

    /// Mesos ends a removed framework's tasks, on agents out of sight once they are back, and tells nobody.
    ///
    /// So each of them is lost: rule 3 says when its clone may go.
    mutating func frameworkRemoved(_ now: Instant, _ transition: inout Transition) {
        if subscribed { disconnect(now) }
        guard !isFrameworkRemoved else { return }
        isFrameworkRemoved = true
        // They ended with it, and there is nobody to end them any more.
        strays = [:]
        for id in withLiveTasks {
            guard var run = runs[id] else { continue }
            for index in run.attempts.indices {
                run.attempts[index].cassandra.lose(Self.removalObstacle, now)
                run.attempts[index].suite?.lose(Self.removalObstacle, now)
            }
            put(run)
        }
        let id = frameworkID?.value ?? ""
        transition.notes.append(Note(.error, "the framework has been removed", ["mesos.framework": id]))
    }

    /// Judges whether the framework may be forgotten, and changes nothing.
    ///
    /// - Throws: `framework.not_removed`, or `framework.in_use` with the first of what is left.
    public func admitFrameworkReset() throws(AdmissionRefusal) {
        guard isFrameworkRemoved else {
            let message = "the framework has not been removed: there is nothing to reset"
            throw AdmissionRefusal(.conflict, "framework.not_removed", message)
        }
        let tasks = withLiveTasks.flatMap { runs[$0]?.attempts.flatMap { $0.live.map(\.id.value) } ?? [] }.sorted()
        let left = [("task", tasks), ("copy", standing.map(\.value).sorted())].compactMap { word, names in
            names.isEmpty ? nil : Self.list(word, names)
        }
        guard left.isEmpty else {
            let message = "of the removed framework there is left: \(left.joined(separator: "; "))"
            throw AdmissionRefusal(.conflict, "framework.in_use", message)
        }
    }

    /// A refusal is read by a person, and a store may hold thousands.
    private static func list(_ word: String, _ names: [String]) -> String {
        let shown = names.prefix(10)
        let rest = names.count - shown.count
        return "\(word) " + shown.joined(separator: ", \(word) ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// Forgets the id: the next subscription makes us a new framework.
    mutating func resetFramework(_ now: Instant, _ transition: inout Transition) {
        do { try admitFrameworkReset() } catch { return transition.notes.append(Note(.warning, error.message, [:])) }
        transition.notes.append(
            Note(.warning, "the framework is forgotten", ["mesos.framework": frameworkID?.value ?? ""])
        )
        put(nil)
        isFrameworkRemoved = false
        awaySince = now
    }

    /// Ends what had a pod of the removed framework, and says why the others stay where they are.
    ///
    /// - Returns: true when that is all that can be done for the run.
    mutating func isHeldByRemoval(_ run: inout Run, _ now: Instant, _ transition: inout Transition) -> Bool {
        guard isFrameworkRemoved, run.phase.isActive else { return false }
        if run.phase.hasPod {
            // A suite's answer counts, also when nobody will say any more how Cassandra ended.
            guard let attempt = run.attempt, !attempt.isTerminal, attempt.suite?.hasAnswered != true else {
                return false
            }
            settle(&run)
            finish(&run, .error, "\(Self.removalObstacle), and its tasks ended with it", now, &transition)
            return true
        }
        run.obstacle = Self.removalObstacle
        return true
    }
}

extension Attempt.Task {
    /// Nobody will tell what becomes of it.
    mutating func lose(_ why: String, _ now: Instant) {
        guard !state.isTerminal else { return }
        if !state.isOutOfSight { at = now }
        state = .lost
        message = why
    }
}
