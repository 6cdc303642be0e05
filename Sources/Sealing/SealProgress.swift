import Glibc
import Model

/// Tells how far sealing is: a line on standard output, and the report in the sandbox.
final class SealProgress {
    private let path: String
    private let start = monotonicMilliseconds()
    private var begun: Int64 = 0
    /// What is told.
    private(set) var report = SealReport(code: SealStep.preparing.rawValue)

    /// Tells into this sandbox.
    init(sandbox: String) { path = "\(sandbox)/\(SealReport.file)" }

    /// A step begins, and the one before has ended.
    func begin(_ step: SealStep) throws(SealFailure) {
        endStep()
        if step != .ready { report.steps.append(SealReport.Step(step: step.name, milliseconds: nil)) }
        begun = monotonicMilliseconds()
        report.code = step.rawValue
        say("\(step.name), \(begun - start) ms after the start")
        try write()
    }

    /// Notes what was found; it is written with the next step.
    func note(_ change: (inout SealReport) -> Void) { change(&report) }

    /// The last step has ended, and there is none after it.
    func end() throws(SealFailure) {
        endStep()
        try write()
    }

    /// It does not go on.
    ///
    /// A report that cannot be written is said aloud: the exit code tells the rest.
    func fail(_ failure: SealFailure) {
        endStep()
        report.code = failure.fault.rawValue
        report.fault = failure.fault.name
        report.message = failure.description
        say("\(failure.fault.name): \(failure.description)")
        do { try write() } catch { say("\(error)") }
    }

    /// A line for whoever reads the task's log.
    func say(_ line: String) { putLine("understudy: \(line)") }

    private func endStep() {
        guard !report.steps.isEmpty, report.steps[report.steps.count - 1].milliseconds == nil else { return }
        report.steps[report.steps.count - 1].milliseconds = monotonicMilliseconds() - begun
    }

    private func write() throws(SealFailure) { try SmallFile.write(report.json + "\n", to: path) }
}

/// A line on standard output, in one piece.
func putLine(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // Nobody reads it: nothing that could be done.
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// Of a clock that nobody sets.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
