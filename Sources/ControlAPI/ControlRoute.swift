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
    case source(SourceName)
    case snapshots
    case sweep
    case frameworkReset
    case uninstall
    case health
    case alive
    case serviceStatus
    case plans
    case plan(PlanView.Name)
    case endpoints
    case endpoint(ClusterEndpointView.Name)
    case frameworkID
    case page
    case runPage(RunID)
    case pageRelease(RunID)
    case pageStyle

    /// What can be asked of a run beside its release.
    enum Command: String, Hashable, Sendable, CaseIterable {
        case keep, extend, open, reset
    }

    /// Those of the API, as the documents write them.
    static let paths =
        ["/v1/runs", "/v1/runs/{id}"] + Command.allCases.map { "/v1/runs/{id}/\($0.rawValue)" } + [
            "/v1/runs/{id}/explain", "/v1/runs/{id}/login", "/v1/helper/{sha256}", "/v1/runs/{id}/events",
            "/v1/runs/{id}/logs", "/v1/runs/{id}/files",
            "/v1/forecast", "/v1/sources", "/v1/sources/{name}", "/v1/snapshots", "/v1/sweep", "/v1/framework/reset",
            "/v1/uninstall", "/v1/health", "/v1/alive", "/v1/service-status", "/v1/plans", "/v1/plans/{plan}",
            "/v1/endpoints", "/v1/endpoints/{endpoint}", "/v1/state/frameworkId",
        ]
    /// Those of the page, which are no interface.
    static let pagePaths = ["/", "/runs/{id}", "/runs/{id}/release", "/style.css"]

    /// Reads a path; nil for one that leads nowhere, also when the id in it can be none of ours.
    init?(path: Substring) {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count >= 2, pieces[0].isEmpty else { return nil }
        guard pieces.count >= 3, pieces[1] == "v1" else {
            self.init(page: pieces.dropFirst())
            return
        }
        switch (pieces[2], pieces.count) {
        case ("runs", 3): self = .runs
        case ("forecast", 3): self = .forecast
        case ("sources", 3): self = .sources
        case ("snapshots", 3): self = .snapshots
        case ("sweep", 3): self = .sweep
        case ("uninstall", 3): self = .uninstall
        case ("health", 3): self = .health
        case ("alive", 3): self = .alive
        case ("service-status", 3): self = .serviceStatus
        case ("plans", 3): self = .plans
        case ("endpoints", 3): self = .endpoints
        case ("framework", 4) where pieces[3] == "reset": self = .frameworkReset
        case ("state", 4) where pieces[3] == "frameworkId": self = .frameworkID
        case ("helper", 4) where pieces[3].utf8.count == 64: self = .helper(String(pieces[3]))
        case ("sources", 4), ("plans", 4), ("endpoints", 4): self.init(pieces[2], named: pieces[3])
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

    /// One of several that have names.
    private init?(_ kind: Substring, named name: Substring) {
        let route: ControlRoute? =
            switch kind {
            case "sources": SourceName(checking: name).map { .source($0) }
            case "plans": PlanView.Name(checking: name).map { .plan($0) }
            case "endpoints": ClusterEndpointView.Name(checking: name).map { .endpoint($0) }
            default: nil
            }
        guard let route else { return nil }
        self = route
    }

    private init?(page pieces: ArraySlice<Substring>) {
        switch (pieces.first, pieces.count) {
        case ("", 1): self = .page
        case ("style.css", 1): self = .pageStyle
        case ("runs", 2...3):
            let rest = pieces.dropFirst()
            guard let id = rest.first.flatMap({ RunID(checking: $0) }) else { return nil }
            guard let part = rest.dropFirst().first else {
                self = .runPage(id)
                return
            }
            guard part == "release" else { return nil }
            self = .pageRelease(id)
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
        case .source: "/v1/sources/{name}"
        case .snapshots: "/v1/snapshots"
        case .sweep: "/v1/sweep"
        case .frameworkReset: "/v1/framework/reset"
        case .uninstall: "/v1/uninstall"
        case .health: "/v1/health"
        case .alive: "/v1/alive"
        case .serviceStatus: "/v1/service-status"
        case .plans: "/v1/plans"
        case .plan: "/v1/plans/{plan}"
        case .endpoints: "/v1/endpoints"
        case .endpoint: "/v1/endpoints/{endpoint}"
        case .frameworkID: "/v1/state/frameworkId"
        case .page: "/"
        case .runPage: "/runs/{id}"
        case .pageRelease: "/runs/{id}/release"
        case .pageStyle: "/style.css"
        }
    }

    /// True for what a person's browser asks for, and is answered in HTML.
    var isPage: Bool {
        switch self {
        case .page, .runPage, .pageRelease, .pageStyle: true
        case .runs, .run, .log, .file, .command, .explain, .events, .login, .helper, .forecast, .sources, .source,
            .snapshots, .sweep, .frameworkReset, .uninstall, .health, .alive, .serviceStatus, .plans, .plan,
            .endpoints, .endpoint, .frameworkID:
            false
        }
    }

    /// In alphabetical order; HEAD comes with GET.
    var methods: [String] {
        switch self {
        case .runs, .sweep: ["GET", "HEAD", "POST"]
        case .run: ["DELETE", "GET", "HEAD"]
        case .source: ["DELETE", "PUT"]
        case .command, .forecast, .frameworkReset, .uninstall, .pageRelease: ["POST"]
        case .explain, .events, .sources, .snapshots, .health, .log, .file, .login, .helper, .alive, .serviceStatus,
            .plans, .plan, .endpoints, .endpoint, .frameworkID, .page, .runPage, .pageStyle:
            ["GET", "HEAD"]
        }
    }
}
