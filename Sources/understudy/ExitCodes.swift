import API
import ArgumentParser
import Model

/// How the client commands exit; scripts rely on these.
enum ExitCodes {
    /// 1: the suite failed.
    static let suiteFailed = ExitCode(1)
    /// 2: asked wrongly.
    static let usage = ExitCode(2)
    /// 3: the infrastructure or the scheduler failed.
    static let infrastructure = ExitCode(3)
    /// 4: cancelled, or out of its lease.
    static let cancelled = ExitCode(4)
    /// 124: `--timeout` ran out.
    static let timedOut = ExitCode(124)

    /// For a run that has come to its end.
    static func code(for result: RunResult?) -> ExitCode {
        switch result {
        case .passed, .released: .success
        case .failed: suiteFailed
        case .cancelled, .expired: cancelled
        case .error, nil: infrastructure
        }
    }

    /// For a call that did not succeed: what was asked is wrong, or whoever was asked is.
    static func code(for error: APIError) -> ExitCode {
        switch error.kind {
        case .invalid: usage
        case .refused(let status): (400...499).contains(status) && status != 429 ? usage : infrastructure
        case .unreachable, .badAnswer: infrastructure
        }
    }
}
