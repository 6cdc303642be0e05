/// Why the stand-in would not start, or why its client has no answer.
public struct StandInError: Error, CustomStringConvertible, Sendable {
    /// Stable, `standin.snake_case`; a refusal of the server keeps the server's own code.
    public let code: String
    /// For people.
    public let message: String
    /// What a process should end with: 78 for a directory that cannot be served, 69 for a network that will not, 70 otherwise.
    public let exitCode: Int32

    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// The code alone, for labels.
    public var shortDescription: String { code }

    /// The directory holds no database, or another one than asked for, or cannot be read.
    static func directory(_ code: String, _ message: String) -> Self {
        Self(code: "standin.\(code)", message: message, exitCode: 78)
    }

    static func network(_ code: String, _ message: String) -> Self {
        Self(code: "standin.\(code)", message: message, exitCode: 69)
    }
}

/// Why one command was refused; the connection goes on.
struct CommandRefusal: Error {
    /// One word.
    let code: String
    let message: String
}
