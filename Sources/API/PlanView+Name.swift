public import Model

extension PlanView {
    /// Which plans there are.
    public enum Name: Hashable, Sendable, CustomStringConvertible {
        /// The scheduler's own; the one that Cosmos asks for.
        case deploy
        /// One run's.
        case run(RunID)

        private static let runPrefix = "run-"

        /// Reads a plan's name; nil for one that can be none of ours.
        public init?(checking text: some StringProtocol) {
            if text == "deploy" {
                self = .deploy
            } else if text.hasPrefix(Self.runPrefix), let id = RunID(checking: text.dropFirst(Self.runPrefix.count)) {
                self = .run(id)
            } else {
                return nil
            }
        }

        /// As it is asked for: `deploy` or `run-ID`.
        public var description: String {
            switch self {
            case .deploy: "deploy"
            case .run(let id): Self.runPrefix + id.value
            }
        }
    }
}
