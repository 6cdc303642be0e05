import Model

/// Tells a run's life in lines, each thing once: give it every view of the run, in order.
public struct RunStory: Sendable {
    /// A server's text longer than this is cut in a line.
    private static let textMax = 300

    private var phasesTold = 0
    private var factsTold: Set<String> = []
    private var refusalsTold: Set<String> = []
    private var obstacleTold: String?
    private var resultTold = false

    /// A story that has not begun.
    public init() {}

    /// What this view tells that the ones before did not.
    ///
    /// - Parameter view: of the same run each time.
    /// - Returns: lines without line feeds, safe to print.
    public mutating func lines(for view: RunView) -> [String] {
        var lines: [String] = []
        let names = [view.key.map { ", key \($0)" }, view.owner.map { ", owner \($0)" }].compactMap { $0 }.joined()
        tell("run \(view.id) of \(view.source)\(names)", indent: "", in: &lines)
        for phase in view.phases.dropFirst(phasesTold) {
            lines.append("\(Self.elapsed(at: phase.at, in: view))  \(phase.phase.rawValue)")
        }
        phasesTold = max(phasesTold, view.phases.count)
        tellCopy(view, in: &lines)
        tellWaiting(view, in: &lines)
        tellData(view, in: &lines)
        for task in view.tasks {
            let place = task.agent.map { " on \($0)" } ?? ""
            tell("task \(task.id) \(task.state?.rawValue ?? "launched")\(place)", in: &lines)
        }
        if let endpoint = view.endpoint {
            let user = endpoint.user.isEmpty ? "" : ", user \(endpoint.user)"
            let others = view.endpoints.dropFirst().map { ", \($0.host):\($0.port)" }.joined()
            tell("endpoint \(endpoint.host):\(endpoint.port)\(others)\(user)", in: &lines)
        }
        tellResult(view, in: &lines)
        return lines
    }

    private mutating func tellCopy(_ view: RunView, in lines: inout [String]) {
        for snapshot in view.snapshots { tell("snapshot \(snapshot)", in: &lines) }
        for clone in view.clones { tell("clone \(clone)", in: &lines) }
        if let got = view.tier.got {
            let wanted = view.tier.wanted.map { ", wanted \($0.rawValue)" } ?? ""
            tell("the copy landed on tier \(got.rawValue)\(wanted)", in: &lines)
        }
    }

    /// What a suite on it can find, and what it cannot.
    private mutating func tellData(_ view: RunView, in lines: inout [String]) {
        if let spread = view.data?.spreadSeconds {
            tell("its \(view.snapshots.count) snapshots were taken within \(spread) s", in: &lines)
        }
        if let fault = view.data?.flushFault { tell("production was not flushed: \(fault)", in: &lines) }
        guard let sealing = view.sealing, sealing.complete == false else { return }
        let parts = sealing.keyspaces.filter { $0.complete == false }.map { "\($0.name) (\($0.replication))" }
        let nodes = sealing.ring.map { " of one of \($0) nodes" } ?? ""
        tell("the copy\(nodes) holds a part of \(parts.joined(separator: ", "))", in: &lines)
    }

    /// Counts grow with every offer; a reason is told when it is new.
    private mutating func tellWaiting(_ view: RunView, in lines: inout [String]) {
        for refusal in view.refusals where refusalsTold.insert(refusal.reason).inserted {
            let example = refusal.example.map { ": \($0)" } ?? ""
            append(
                "refused \(refusal.count) \(refusal.count == 1 ? "offer" : "offers"), \(refusal.reason)\(example)",
                in: &lines
            )
        }
        if let obstacle = view.obstacle, obstacle != obstacleTold { append("waits: \(obstacle)", in: &lines) }
        obstacleTold = view.obstacle
    }

    private mutating func tellResult(_ view: RunView, in lines: inout [String]) {
        guard let result = view.result, !resultTold else { return }
        resultTold = true
        let reason = view.reason.map { ": \($0)" } ?? ""
        append("\(result.rawValue)\(reason)", indent: "", in: &lines)
    }

    /// Once for the whole story.
    private mutating func tell(_ fact: String, indent: String = detailIndent, in lines: inout [String]) {
        guard factsTold.insert(fact).inserted else { return }
        append(fact, indent: indent, in: &lines)
    }

    private static let detailIndent = "           "

    private func append(_ text: String, indent: String = detailIndent, in lines: inout [String]) {
        lines.append(indent + printable(text, max: Self.textMax))
    }

    /// Since the run began, by the scheduler's clock, `  12.3s`.
    private static func elapsed(at moment: Timestamp, in view: RunView) -> String {
        let begin = view.phases.first?.at ?? moment
        let tenths = max(0, (moment.instant - begin.instant).milliseconds) / 100
        let text = "\(tenths / 10).\(tenths % 10)s"
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
}
