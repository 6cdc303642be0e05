import Model

/// How far a comparison of our tasks with the master's has come.
///
/// First every task is asked for by name, again and again, less and less often; then the master is asked for all that it
/// knows, which has no end marker. Silence proves nothing, nor does an early TASK_UNKNOWN: a new master knows neither
/// agents nor tasks before they come back (facts on Mesos, point 4).
struct Reconciliation: Hashable, Sendable {
    /// Tasks of which nothing that counts has been said yet.
    var open: Set<TaskID>
    /// When it began.
    let since: Instant
    /// True for one that follows a subscription: nothing is launched before it is settled.
    let isAfterSubscription: Bool
    /// How often it was asked.
    var asked = 0
    /// Not before.
    var nextAskAt: Instant
    /// True once every task was spoken of, or the time for that was over.
    var isSettled = false
}

extension SystemState {
    /// True while a launch might come on top of what a master has not told us yet.
    public var holdsLaunches: Bool {
        reconciliation.map { $0.isAfterSubscription && !$0.isSettled && !$0.open.isEmpty } ?? false
    }

    /// Begins anew with every task that may be running.
    mutating func beginReconciliation(afterSubscription: Bool, _ now: Instant) {
        reconciliations += 1
        nextReconciliationAt = now + reconciliationInterval
        // One that holds launches goes on holding them.
        let holds = afterSubscription || holdsLaunches
        reconciliation = Reconciliation(
            open: liveTasks,
            since: now,
            isAfterSubscription: holds,
            nextAskAt: now
        )
    }

    /// An hour and up to a sixth of it, so that the schedulers of a cluster do not all ask at once.
    ///
    /// From the installation's id and the count: the core has no chance in it.
    var reconciliationInterval: Span {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array("\(install) \(reconciliations)".utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let spread = UInt64(max(1, settings.reconcileInterval.milliseconds / 6))
        return settings.reconcileInterval + .milliseconds(Int64(hash % spread))
    }

    private var liveTasks: Set<TaskID> {
        Set(withLiveTasks.flatMap { runs[$0]?.attempts.flatMap { $0.live.map(\.id) } ?? [] })
    }

    /// The master, or an agent, has spoken of a task.
    mutating func heard(_ update: TaskUpdate, _ now: Instant) {
        guard let since = reconciliation?.since else { return }
        if update.state == .unknown, now - since < settings.newsPatience { return }
        reconciliation?.open.remove(update.taskID)
    }

    /// Takes the comparison forward, and begins the next one when it is time.
    mutating func settleReconciliation(_ now: Instant, _ transition: inout Transition) {
        guard subscribed else { return }
        if reconciliation == nil, nextReconciliationAt.map({ $0 <= now }) ?? false {
            beginReconciliation(afterSubscription: false, now)
        }
        guard var round = reconciliation else { return }
        round.open.formIntersection(liveTasks)
        if !round.isSettled, round.open.isEmpty || now - round.since >= settings.reconcilePatience {
            round.isSettled = true
            implicitReconciliationAt = now
            if round.isAfterSubscription { offerFlow = nil }
            if !round.open.isEmpty {
                transition.notes.append(
                    Note(
                        .warning,
                        "the master has not said what became of all tasks; they are asked for on, and launches go on",
                        [
                            "reconcile.timeout": "\(settings.reconcilePatience)", "task.count": "\(round.open.count)",
                            "task.id": round.open.sorted().prefix(5).map(\.value).joined(separator: " "),
                        ]
                    )
                )
            }
        }
        reconciliation = round.isSettled && round.open.isEmpty ? nil : round
    }

    /// True for a task that the comparison has to ask for now.
    func isOpen(_ task: TaskID, _ now: Instant) -> Bool {
        reconciliation.map { $0.nextAskAt <= now && $0.open.contains(task) } ?? false
    }

    /// The question goes out.
    mutating func asked(_ questions: [Effect.TaskQuestion], _ now: Instant) {
        guard !questions.isEmpty else {
            implicitReconciliationAt = nil
            asksImplicitly = true
            return
        }
        for question in questions { askedAbout[question.task] = now }
        guard var round = reconciliation, round.nextAskAt <= now else { return }
        round.asked += 1
        round.nextAskAt = now + settings.reconcileDelay(asked: round.asked)
        reconciliation = round
    }

    /// A question has come to this; what is open is asked for again by itself.
    mutating func answeredReconciliation(isDone: Bool, _ now: Instant) {
        if asksImplicitly, !isDone { implicitReconciliationAt = now + settings.retryDelay(failures: 3) }
        asksImplicitly = false
    }
}
