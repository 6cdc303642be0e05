public import Model

/// What a caller shows; sent to the client's own addresses alone, and never printed.
public enum APICredential: Hashable, Sendable {
    /// One of the scheduler's own tokens.
    case bearer(Secret)
    /// A DC/OS token: Admin Router looks at it, and hands it on.
    case dcos(Secret)

    /// The value of `Authorization`.
    var field: String {
        switch self {
        case .bearer(let token): "Bearer \(token.reveal())"
        case .dcos(let token): "token=\(token.reveal())"
        }
    }
}
