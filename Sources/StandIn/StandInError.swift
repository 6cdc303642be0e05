/// Why the stand-in would not start.
public struct StandInError: Error, CustomStringConvertible, Sendable {
    /// Stable, `standin.snake_case`.
    public let code: String
    /// For people.
    public let message: String
    /// What a process should end with: Cassandra's own code where the reason is one of Cassandra's, else 78 for a directory that
    /// cannot be served and 69 for a network that will not.
    public let exitCode: Int32

    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// The code alone, for labels.
    public var shortDescription: String { code }

    /// The directory holds no database, or cannot be read.
    static func directory(_ code: String, _ message: String) -> Self {
        Self(code: "standin.\(code)", message: message, exitCode: 78)
    }

    static func network(_ code: String, _ message: String) -> Self {
        Self(code: "standin.\(code)", message: message, exitCode: 69)
    }
}
