import API
import Model

/// What can be asked, and how; the one list of paths.
enum ControlRoute: Hashable, Sendable {
    case runs
    case run(RunID)
    case log(RunID)
    case file(RunID)
    case health

    /// As the documents write them.
    static let paths = ["/v1/runs", "/v1/runs/{id}", "/v1/runs/{id}/logs", "/v1/runs/{id}/files", "/v1/health"]

    /// Reads a path; nil for one that leads nowhere, also when the id in it can be none of ours.
    init?(path: Substring) {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count >= 3, pieces[0].isEmpty, pieces[1] == "v1" else { return nil }
        switch (pieces[2], pieces.count) {
        case ("runs", 3): self = .runs
        case ("health", 3): self = .health
        case ("runs", 4):
            guard let id = RunID(checking: pieces[3]) else { return nil }
            self = .run(id)
        case ("runs", 5):
            guard let id = RunID(checking: pieces[3]) else { return nil }
            switch pieces[4] {
            case "logs": self = .log(id)
            case "files": self = .file(id)
            default: return nil
            }
        default: return nil
        }
    }

    /// As the documents write it, for logs.
    var template: String {
        switch self {
        case .runs: "/v1/runs"
        case .run: "/v1/runs/{id}"
        case .log: "/v1/runs/{id}/logs"
        case .file: "/v1/runs/{id}/files"
        case .health: "/v1/health"
        }
    }

    /// In alphabetical order; HEAD comes with GET.
    var methods: [String] {
        switch self {
        case .runs: ["GET", "HEAD", "POST"]
        case .run: ["DELETE", "GET", "HEAD"]
        case .health, .log, .file: ["GET", "HEAD"]
        }
    }
}
