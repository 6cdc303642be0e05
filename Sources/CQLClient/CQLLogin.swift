public import Model

/// Who logs in.
public struct CQLLogin: Sendable {
    /// A role's name, or a user's.
    public var user: String
    /// Its password.
    public var password: Secret

    /// Wraps both.
    public init(user: String, password: Secret) {
        self.user = user
        self.password = password
    }
}
