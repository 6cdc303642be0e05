import API

extension ControlRoute {
    /// The one table of who may do what.
    ///
    /// A new route has to appear here to compile, and a new method of an old one needs more than to look.
    ///
    /// - Parameter method: one of ``methods``.
    /// - Returns: the least role; nil for what needs no token.
    func role(for method: String) -> AccessRole? {
        let looks = method == "GET" || method == "HEAD"
        return switch self {
        case .health: nil
        // Whoever looks after the process, and Cosmos, which waits for the plan's end, know no token; what they are told
        // is no more than health tells.
        case .alive, .serviceStatus, .plan(.deploy), .frameworkID: nil
        // A refusal's page has to be readable.
        case .pageStyle: nil
        // Agents fetch it, and know no token; its name is its hash.
        case .helper: nil
        // Whoever may only look may not write to a copy.
        case .login: .run
        case .frameworkReset, .uninstall, .source: .admin
        case .pageRelease: .run
        // It only looks, although it takes a body.
        case .forecast: .view
        case .runs, .run, .log, .file, .command, .explain, .events, .sources, .snapshots, .sweep, .plans,
            .plan(.run(_)),
            .endpoints, .endpoint, .page, .runPage:
            looks ? .view : .run
        }
    }

    /// True when nobody is asked for a token, whatever the method.
    var isOpen: Bool { role(for: "GET") == nil }
}
