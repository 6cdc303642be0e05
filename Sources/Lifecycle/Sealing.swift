public import Model

/// What is known of how an attempt's copy was sealed.
public struct SealRecord: Hashable, Codable, Sendable {
    /// As the helper wrote it; nil when it could not be read.
    public var report: SealReport?
    /// Why it could not be read; nil when it was.
    public var unread: String?

    /// Wraps both.
    public init(report: SealReport?, unread: String? = nil) {
        self.report = report
        self.unread = unread
    }
}

extension Attempt {
    /// How far the helper is, by the check's exit code; nil before its first run, and for a code that is none.
    public var sealStep: SealStep? { cassandra.checkExitCode.flatMap(SealStep.init) }

    /// True where the helper has written that its copy was not sealed: a suite beside it cannot have begun.
    var wasNeverPublished: Bool { seal?.report?.fault != nil }

    /// Why the helper ended the container; nil when it did not, or when nobody knows.
    ///
    /// The message is the only place of the code (`recordings/mesos/20-image-and-volume`).
    public var sealFault: SealFault? {
        let words = "Command exited with status "
        guard cassandra.state == .failed, let message = cassandra.message, message.hasPrefix(words) else { return nil }
        return Int32(message.dropFirst(words.count)).flatMap(SealFault.init)
    }
}

extension Run {
    /// True once its present attempt was ready: what Cassandra exits with then is Cassandra's.
    var wasReady: Bool { phase == .ready || phase == .testing }

    /// True while a helper's report is to be read.
    var wantsSeal: Bool { sealWanted != nil }

    /// The first of the launches that count whose helper's report is to be read; nil for none.
    var sealWanted: Attempt? { current.first(where: wantsSeal) }

    /// True while the report of this launch's helper is to be read.
    func wantsSeal(of attempt: Attempt) -> Bool {
        guard phase != .ended, attempt.seal == nil, attempt.agentPort != nil else { return false }
        let isOver = attempt.sealStep == .ready || attempt.sealFault != nil
        let wasInspected = spec.inspects == true && attempt.cassandra.state == .finished
        return isOver || wasInspected || attempt.suite?.hasAnswered == true
    }
}

extension SystemState {
    /// Copies whose sealing is over, a few at once.
    func dueSeals(_ now: Instant) -> [Effect] {
        guard !wantingSeal.isEmpty else { return [] }
        let ready = wantingSeal.sorted().filter { id in
            failures[.seal(id)].map { $0.nextTryAt <= now } ?? true
        }
        return ready.prefix(settings.outputsAtOnceMax).compactMap { id in
            runs[id]?.sealWanted.map { .readSeal(id, attempt: $0.number) }
        }
    }

    /// Keeps what the helper wrote, or why nobody knows.
    mutating func sealRead(
        _ id: RunID,
        _ number: Int,
        _ reading: Result<SealReport, ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        let key = Effect.Key.seal(id)
        inFlight.remove(key)
        guard var run = runs[id], let index = run.attempts.firstIndex(where: { $0.number == number }),
            run.sealWanted?.number == number
        else { return }
        let record: SealRecord
        switch reading {
        case .success(let report): record = SealRecord(report: report)
        case .failure(let failure):
            let count = (failures[key]?.count ?? 0) + 1
            if failure.fault.transient, count < settings.outputAttemptsMax {
                failures[key] = (count, now + settings.retryDelay(failures: count))
                return
            }
            record = SealRecord(report: nil, unread: failure.fault.message)
        }
        failures[key] = nil
        run.attempts[index].seal = record
        put(run)
        let report = record.report
        transition.notes.append(
            Note(
                .info,
                "a copy's sealing is told",
                [
                    "run.id": id.value, "cassandra.release": report?.release ?? "",
                    "seal.complete": report.map { $0.complete.map { "\($0)" } ?? "unknown" } ?? "",
                    "error.cause": record.unread ?? "",
                ]
            )
        )
    }

    /// A copy that was to be read has been read.
    mutating func judgeInspection(
        _ attempt: Attempt,
        _ run: inout Run,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard !run.wantsSeal else {
            run.obstacle = "the copy was read; the helper's report is being fetched"
            return
        }
        guard let identity = attempt.seal?.report?.identity else {
            let why = attempt.seal?.unread ?? "the helper's report says nothing of the data"
            return attemptFailed(&run, "the copy was read, and nobody knows what it says: \(why)", now, &transition)
        }
        settle(&run)
        let words =
            "the copy says: cluster \(identity.clusterName), data centre \(identity.dataCenter), rack \(identity.rack), "
            + "\(identity.numTokens) tokens"
        finish(&run, .passed, words, now, &transition)
    }

    /// What it means that a copy could not be sealed: nothing yet, while the helper's own words are being read.
    mutating func judgeSeal(
        _ fault: SealFault,
        _ attempt: Attempt,
        _ run: inout Run,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard !run.wantsSeal(of: attempt) else {
            run.obstacle = "sealing failed (\(fault.name)); the helper's words are being read"
            return
        }
        let place = run.source.isRing ? " of \(run.called(attempt, or: ""))" : ""
        let why = "sealing\(place) failed (\(fault.name)): \(attempt.seal?.report?.message ?? fault.sentence)"
        guard !fault.isWorthRetrying else { return attemptFailed(&run, why, by: attempt, now, &transition) }
        settle(&run)
        finish(&run, .error, why, now, &transition)
    }
}
