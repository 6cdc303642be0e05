/// Why the scheduler cannot go on.
public struct SchedulerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable, `scheduler.snake_case`.
    public enum Code: String, Hashable, Sendable {
        /// A record in the store cannot be read or written.
        case stateFormat = "scheduler.state_format"
        /// The store does not take our commits any more.
        case store = "scheduler.store"
        /// Another scheduler holds the store, or may by now.
        case fenced = "scheduler.fenced"
        /// The sources file is not what it should be.
        case sources = "scheduler.sources"
        /// It is stopping, and takes nothing more.
        case stopping = "scheduler.stopping"
    }

    /// What kind.
    public let code: Code
    /// For people: what, where and why.
    public let message: String

    /// Wraps both.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
