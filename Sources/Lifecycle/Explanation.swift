public import Model

/// Why a run is where it is, as a sentence and as the numbers behind it.
public struct Explanation: Hashable, Sendable {
    /// Whether offers come in at all, and if not, why.
    public enum Flow: String, Hashable, Sendable, CaseIterable {
        /// The run does not wait for an offer.
        case notNeeded = "not_needed"
        /// There is no subscription to the master.
        case unsubscribed
        /// The master has removed our framework.
        case frameworkRemoved = "framework_removed"
        /// The run waits for its quota first, so that none are asked for on its behalf.
        case outOfQuota = "out_of_quota"
        /// The master has been told to send none, and has not been told otherwise yet.
        case suppressed
        /// They are asked for, and none came in the last minute.
        case starved
        /// They come in.
        case flowing
    }

    /// For people.
    public var sentence: String
    /// Where it is.
    public var phase: Phase
    /// Since when.
    public var since: Instant
    /// Whether offers come in.
    public var flow: Flow
    /// What it last met; nil when nothing keeps it from going on.
    public var obstacle: String?
    /// Offers looked at in the last minute.
    public var offers: Int
    /// Most frequent first.
    public var reasons: [Run.RefusalCount]
    /// The offer of the last minute that lacked least.
    public var nearest: Wait.NearMiss?
}

extension SystemState {
    /// Explains a run, which need not be part of the state any more.
    public func explain(_ run: Run, at now: Instant) -> Explanation {
        let lastMinute = waits[run.id]?.lastMinute(at: now)
        var explanation = Explanation(
            sentence: "",
            phase: run.phase,
            since: run.phaseSince,
            flow: flow(for: run, offers: lastMinute?.offers ?? 0, now),
            obstacle: run.obstacle,
            offers: lastMinute?.offers ?? 0,
            reasons: lastMinute?.refusals ?? [],
            nearest: lastMinute?.nearest
        )
        explanation.sentence = sentence(for: run, explanation, now)
        return explanation
    }

    private func flow(for run: Run, offers: Int, _ now: Instant) -> Explanation.Flow {
        guard run.phase == .waiting || run.phase == .requested else { return .notNeeded }
        if isFrameworkRemoved { return .frameworkRemoved }
        if run.phase == .requested, quotaObstacle(run) != nil { return .outOfQuota }
        guard subscribed else { return .unsubscribed }
        if offers > 0 { return .flowing }
        return offerFlow == .suppressed ? .suppressed : .starved
    }

    private func sentence(for run: Run, _ explanation: Explanation, _ now: Instant) -> String {
        let obstacle = run.obstacle.map { ": \($0)" } ?? ""
        switch explanation.flow {
        case .notNeeded:
            if let result = run.result {
                let rest = run.phase == .ending ? "; what is left of it is being removed\(obstacle)" : ""
                return "it \(run.phase == .ended ? "has ended" : "has its result"): \(result.rawValue), "
                    + "\(run.reason ?? "no word of why")\(rest)"
            }
            return "it is in phase \(run.phase.rawValue) for \((now - run.phaseSince).rounded)\(obstacle)"
        case .frameworkRemoved:
            return "no offers can come: \(Self.removalObstacle) (see 'understudy reset-framework')"
        case .outOfQuota: return "it waits for its turn\(obstacle)"
        case .unsubscribed: return "no offers can come: there is no subscription to the Mesos master"
        case .suppressed: return "no offers come: the master was told to send none, and will be asked for them now"
        case .starved:
            let room = "Mesos has offered nothing in the last minute, though asked: nothing is free for role"
            return "\(room) \(settings.role)\(obstacle)"
        case .flowing where holdsLaunches:
            return "nothing is launched before the master has said what became of all tasks"
        case .flowing: return offersSentence(explanation) + (explanation.reasons.isEmpty ? obstacle : "")
        }
    }

    private func offersSentence(_ explanation: Explanation) -> String {
        let count = explanation.offers
        var text = "\(count) \(count == 1 ? "offer" : "offers") in the last minute"
        if !explanation.reasons.isEmpty {
            text += ": " + explanation.reasons.map { "\($0.count) \($0.reason.sentence)" }.joined(separator: ", ")
        }
        if let miss = explanation.nearest { text += "; nearest miss \(miss.hostname), \(miss.shortage.sentence)" }
        return text
    }
}

extension Span {
    /// For a sentence: whole seconds, or the nearest larger unit from two of it on.
    var rounded: String {
        let seconds = max(0, milliseconds / 1_000)
        if seconds < 120 { return "\(seconds)s" }
        return seconds < 7_200 ? "\(seconds / 60)m" : "\(seconds / 3_600)h"
    }
}
