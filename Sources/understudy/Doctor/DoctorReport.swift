import API

/// What `understudy doctor` found, in the order in which it looked.
struct DoctorReport: Hashable, Sendable {
    /// What a finding means for runs.
    enum Verdict: String, Hashable, Sendable, Encodable {
        /// As it should be.
        case ok
        /// A run could start all the same.
        case warning
        /// No run could start, or this one thing could not be told.
        case problem
    }

    /// Which of the checks it is of.
    enum Check: String, Hashable, Sendable, Encodable, CaseIterable {
        case settings, master, store, portworx, join, role, user, source, clock, framework
    }

    /// One thing that was looked at.
    struct Finding: Hashable, Sendable {
        var verdict: Verdict
        var check: Check
        /// What was looked at, in a few words.
        var subject: String
        /// What it is like.
        var detail: String
        /// What to do about it, in words; nil where there is nothing to do.
        var fix: String?
    }

    private(set) var findings: [Finding] = []

    /// True when nothing keeps a run from starting now.
    var isWell: Bool { !findings.contains { $0.verdict == .problem } }

    /// True when the scheduler itself would refuse what it is told.
    var isMisconfigured: Bool { findings.contains { $0.verdict == .problem && $0.check == .settings } }

    mutating func ok(_ check: Check, _ subject: String, _ detail: String) {
        findings.append(Finding(verdict: .ok, check: check, subject: subject, detail: detail))
    }

    mutating func warning(_ check: Check, _ subject: String, _ detail: String, fix: String? = nil) {
        findings.append(Finding(verdict: .warning, check: check, subject: subject, detail: detail, fix: fix))
    }

    mutating func problem(_ check: Check, _ subject: String, _ detail: String, fix: String) {
        findings.append(Finding(verdict: .problem, check: check, subject: subject, detail: detail, fix: fix))
    }
}

extension DoctorReport {
    /// Of a peer's words, which may have any length.
    private static let textMax = 1_000

    /// For people: a numbered line each, a fix below its problem, and what follows from all of it.
    var lines: [String] {
        var lines: [String] = []
        for (index, finding) in findings.enumerated() {
            let words = printable("\(finding.subject) — \(finding.detail)", max: Self.textMax)
            let verdict = finding.verdict.rawValue.padded(to: DoctorReport.Verdict.problem.rawValue.count)
            lines.append("\(index + 1). \(verdict)  \(words)")
            if let fix = finding.fix { lines.append("   fix: \(printable(fix, max: Self.textMax))") }
        }
        let problems = findings.count { $0.verdict == .problem }
        let count = "\(problems) \(problems == 1 ? "problem" : "problems")"
        return lines + [isWell ? "a run could start now" : "no run can be relied on to start now: \(count)"]
    }
}

extension DoctorReport: Encodable {
    private enum Key: String, CodingKey {
        case findings, canStart, number, verdict, check, subject, detail, fix
    }

    /// `{"canStart", "findings": [{"number", "verdict", "check", "subject", "detail", "fix": null or text}]}`.
    func encode(to encoder: any Encoder) throws {
        var report = encoder.container(keyedBy: Key.self)
        try report.encode(isWell, forKey: .canStart)
        var list = report.nestedUnkeyedContainer(forKey: .findings)
        for (index, finding) in findings.enumerated() {
            var row = list.nestedContainer(keyedBy: Key.self)
            try row.encode(index + 1, forKey: .number)
            try row.encode(finding.verdict, forKey: .verdict)
            try row.encode(finding.check, forKey: .check)
            try row.encode(finding.subject, forKey: .subject)
            try row.encode(finding.detail, forKey: .detail)
            try row.encode(finding.fix, forKey: .fix)
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
