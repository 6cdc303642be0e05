public import Model

/// The answer of `GET /v1/endpoints/{name}`: where something of ours answers, never how to log in there.
public struct ClusterEndpointView: Hashable, Codable, Sendable {
    /// `HOST:PORT`, an IPv6 address in brackets; of a ring one for each node.
    public var address: [String]

    /// Wraps them.
    public init(address: [String]) { self.address = address }

    /// A run's, as far as it may be used now; nil when it may not.
    public init?(run: RunView) {
        guard !run.endpoints.isEmpty else { return nil }
        self.init(address: run.endpoints.map { Authority.text(host: $0.host, port: $0.port) })
    }
}

extension ClusterEndpointView {
    /// Which there are.
    public enum Name: Hashable, Sendable, CustomStringConvertible {
        /// This API.
        case api
        /// One run's copy.
        case cassandra(RunID)

        private static let runPrefix = "cassandra-"

        /// Reads a name; nil for one that can be none of ours.
        public init?(checking text: some StringProtocol) {
            if text == "api" {
                self = .api
            } else if text.hasPrefix(Self.runPrefix), let id = RunID(checking: text.dropFirst(Self.runPrefix.count)) {
                self = .cassandra(id)
            } else {
                return nil
            }
        }

        /// As it is asked for: `api` or `cassandra-ID`.
        public var description: String {
            switch self {
            case .api: "api"
            case .cassandra(let id): Self.runPrefix + id.value
            }
        }
    }
}
