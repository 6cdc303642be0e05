import Model

extension Run {
    /// The first of a ring's other nodes that has ended; nil while all are there.
    var lostNode: Attempt? { current.dropFirst().first { $0.cassandra.state.isTerminal } }

    /// The node that has been out of sight for the longest, and since when; nil while all are in sight.
    var hiddenNode: (attempt: Attempt, since: Instant)? {
        current.compactMap { attempt in attempt.outOfSightSince.map { (attempt, $0) } }.min { $0.1 < $1.1 }
    }

    /// For people: a node of a ring by its number and agent; of one node what it is called otherwise.
    func called(_ attempt: Attempt, or word: String) -> String {
        guard let place = place(of: attempt) else { return word }
        return "node \(place + 1) of \(source.nodeCount) on \(attempt.hostname)"
    }
}

extension Attempt {
    /// True once its copy is another database, on the right volume, and answers.
    var isSealed: Bool { verified && cassandra.state == .running && sealStep == .ready }
}

extension SystemState {
    /// What it means that one of a ring's other nodes has ended: the ring is made anew, of fresh clones.
    mutating func judgeLost(_ lost: Attempt, _ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        let task = lost.cassandra
        if !run.wasReady, let fault = lost.sealFault { return judgeSeal(fault, lost, &run, now, &transition) }
        if task.reason == "REASON_MAX_COMPLETION_TIME_REACHED" {
            settle(&run)
            return finish(&run, .expired, "the agent ended it at the end of its longest lease", now, &transition)
        }
        if lost.neverStarted { return judgeUnstarted(lost, &run, now, &transition) }
        let said = task.message.map { ": \($0)" } ?? ""
        let why = "\(run.called(lost, or: "a node")) ended (\(task.state.rawValue))\(said)"
        attemptFailed(&run, why, by: lost, now, &transition)
    }
}
