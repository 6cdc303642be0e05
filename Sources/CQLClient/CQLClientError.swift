/// Why there is no answer, or none that helps.
public struct CQLClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Hashable, Sendable {
        /// Not an address.
        case badHost = "cql.bad_host"
        /// Nobody listens there.
        case unreachable = "cql.unreachable"
        /// The node ended the connection.
        case closed = "cql.closed"
        /// No answer in time; whether it was done is not known.
        case timeout = "cql.timeout"
        /// A login is wanted.
        case login = "cql.login"
        /// The node has said no.
        case refused = "cql.refused"
        /// What came is no answer.
        case malformed = "cql.malformed"
    }

    /// Stable.
    public let code: Code
    /// For people.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
