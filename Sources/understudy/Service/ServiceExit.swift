import ArgumentParser
import ControlAPI
import DCOS
import HTTPTransport
import Mesos
import Portworx
import Scheduler
import StateStore

/// Why the scheduler's process ends, and with which status (design, §9; the numbers are those of sysexits).
struct ServiceExit: Error {
    static let usage = ExitCode(64)
    static let unavailable = ExitCode(69)
    static let `internal` = ExitCode(70)
    static let lost = ExitCode(75)
    static let configuration = ExitCode(78)

    /// What the shell sees.
    let status: ExitCode
    /// Stable, `module.snake_case`.
    let code: String
    /// For people.
    let message: String
    /// What is wrong with the settings, each thing for itself.
    let problems: [SettingProblem]

    init(_ status: ExitCode, _ code: String, _ message: String, problems: [SettingProblem] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.problems = problems
    }

    /// What a command exits with that is told the scheduler's settings: a mistake in the use is its own 2.
    var commandStatus: ExitCode { status == Self.usage ? ExitCodes.usage : status }

    /// Settings that are wrong; when all that is wrong is that some are missing, it is a mistake in the use.
    init(_ problems: [SettingProblem]) {
        let isUse = problems.allSatisfy(\.isMissing)
        self.init(
            isUse ? Self.usage : Self.configuration,
            isUse ? "understudy.missing_flag" : "understudy.bad_flag",
            problems.map(\.description).joined(separator: "; "),
            problems: problems
        )
    }

    init(_ error: MesosError) {
        // Coming back under the id that another scheduler has taken would evict it, and so on for ever.
        let status = error.fatal == nil ? Self.configuration : Self.lost
        self.init(status, "\(error.code)", error.message)
    }

    init(_ error: SchedulerError) {
        switch error.code {
        case .fenced: self.init(Self.lost, error.code.rawValue, error.message)
        case .stateFormat, .store, .sources: self.init(Self.configuration, error.code.rawValue, error.message)
        case .stopping: self.init(Self.internal, error.code.rawValue, error.message)
        }
    }

    init(_ error: StateStoreError) {
        let isLost = error.code == .fenced || error.code == .lost
        self.init(isLost ? Self.lost : Self.configuration, "\(error.code)", error.message)
    }

    init(_ error: ControlAPIError) {
        // A port that is taken now may be free later; a wrong one stays wrong.
        let status = error.code == .cannotListen ? Self.unavailable : Self.configuration
        self.init(status, "\(error.code)", error.message)
    }

    init(_ error: PortworxError) { self.init(Self.configuration, "\(error.code)", error.message) }

    init(_ error: DCOSError) { self.init(Self.configuration, "\(error.code)", error.message) }

    /// Whatever a part of the service ended with.
    static func wrap(_ error: any Error) -> ServiceExit {
        switch error {
        case let exit as ServiceExit: exit
        case let error as MesosError: ServiceExit(error)
        case let error as SchedulerError: ServiceExit(error)
        case let error as StateStoreError: ServiceExit(error)
        case let error as PortworxError: ServiceExit(error)
        case let error as DCOSError: ServiceExit(error)
        case let error as ControlAPIError: ServiceExit(error)
        case let error as HTTPError: ServiceExit(unavailable, error.code, error.message)
        default: ServiceExit(`internal`, "understudy.unexpected", "\(error)")
        }
    }
}
