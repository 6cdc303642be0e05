/// The answer of `GET /v1/alive`: whether the process does its work, whatever that work comes to.
public struct AliveView: Hashable, Codable, Sendable {
    /// What a process is.
    public enum Role: String, Hashable, Codable, Sendable, CaseIterable {
        /// The one that may act.
        case leader
        /// One that waits for its turn.
        case standby
    }

    /// False when nothing but a restart helps.
    public var alive: Bool
    /// Which of the two it is.
    public var role: Role

    /// Wraps both.
    public init(alive: Bool, role: Role) {
        self.alive = alive
        self.role = role
    }
}
