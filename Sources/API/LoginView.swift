/// A run's login: what its endpoint takes.
///
/// Shown to whoever may ask for runs, and to nobody else.
public struct LoginView: Hashable, Codable, Sendable {
    /// The run's role.
    public var user: String
    /// Its password; no log, page or other answer has it.
    public var password: String

    /// Wraps both.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}
