/// Why bytes are no CQL, or cannot be written as such.
public struct CQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Hashable, Sendable {
        /// A frame of a version that is not spoken here.
        case version = "cql.version"
        /// A frame longer than the limit.
        case tooLarge = "cql.too_large"
        /// An operation that does not exist in this direction.
        case opcode = "cql.opcode"
        /// A body that ends too early, or does not end where it should.
        case length = "cql.length"
        /// A value that is not allowed where it stands.
        case value = "cql.value"
    }

    /// Stable.
    public let code: Code
    /// For people: what and where.
    public let message: String

    /// Wraps both.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
