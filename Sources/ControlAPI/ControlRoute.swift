import API
import Model

/// What can be asked, and how; the one list of paths.
enum ControlRoute: Hashable, Sendable {
    case runs
    case run(RunID)
    case log(RunID)
    case file(RunID)
    case command(Command, RunID)
    case explain(RunID)
    case events(RunID)
    case login(RunID)
    case helper(String)
    case forecast
    case sources
    case snapshots
    case sweep
    case frameworkReset
    case health

    /// What can be asked of a run beside its release.
    enum Command: String, Hashable, Sendable, CaseIterable {
        case keep, extend, open, reset
    }

    /// As the documents write them.
    static let paths =
        ["/v1/runs", "/v1/runs/{id}"] + Command.allCases.map { "/v1/runs/{id}/\($0.rawValue)" } + [
            "/v1/runs/{id}/explain", "/v1/runs/{id}/login", "/v1/helper/{sha256}", "/v1/runs/{id}/events",
            "/v1/runs/{id}/logs", "/v1/runs/{id}/files",
            "/v1/forecast", "/v1/sources", "/v1/snapshots", "/v1/sweep", "/v1/framework/reset",
            "/v1/health",
        ]

    /// Reads a path; nil for one that leads nowhere, also when the id in it can be none of ours.
    init?(path: Substring) {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count >= 3, pieces[0].isEmpty, pieces[1] == "v1" else { return nil }
        switch (pieces[2], pieces.count) {
        case ("runs", 3): self = .runs
        case ("forecast", 3): self = .forecast
        case ("sources", 3): self = .sources
        case ("snapshots", 3): self = .snapshots
        case ("sweep", 3): self = .sweep
        case ("health", 3): self = .health
        case ("helper", 4) where pieces[3].utf8.count == 64: self = .helper(String(pieces[3]))
        case ("framework", 4) where pieces[3] == "reset": self = .frameworkReset
        case ("runs", 4...5):
            guard let id = RunID(checking: pieces[3]) else { return nil }
            guard pieces.count == 5 else {
                self = .run(id)
                return
            }
            self.init(part: pieces[4], of: id)
        default: return nil
        }
    }

    private init?(part: Substring, of id: RunID) {
        switch part {
        case "explain": self = .explain(id)
        case "events": self = .events(id)
        case "login": self = .login(id)
        case "logs": self = .log(id)
        case "files": self = .file(id)
        default:
            guard let command = Command(rawValue: String(part)) else { return nil }
            self = .command(command, id)
        }
    }

    /// As the documents write it, for logs.
    var template: String {
        switch self {
        case .runs: "/v1/runs"
        case .run: "/v1/runs/{id}"
        case .log: "/v1/runs/{id}/logs"
        case .file: "/v1/runs/{id}/files"
        case .command(let command, _): "/v1/runs/{id}/\(command.rawValue)"
        case .explain: "/v1/runs/{id}/explain"
        case .events: "/v1/runs/{id}/events"
        case .login: "/v1/runs/{id}/login"
        case .helper: "/v1/helper/{sha256}"
        case .forecast: "/v1/forecast"
        case .sources: "/v1/sources"
        case .snapshots: "/v1/snapshots"
        case .sweep: "/v1/sweep"
        case .frameworkReset: "/v1/framework/reset"
        case .health: "/v1/health"
        }
    }

    /// In alphabetical order; HEAD comes with GET.
    var methods: [String] {
        switch self {
        case .runs, .sweep: ["GET", "HEAD", "POST"]
        case .run: ["DELETE", "GET", "HEAD"]
        case .command, .forecast, .frameworkReset: ["POST"]
        case .explain, .events, .sources, .snapshots, .health, .log, .file, .login, .helper: ["GET", "HEAD"]
        }
    }
}
