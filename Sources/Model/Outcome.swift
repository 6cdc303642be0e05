/// How a call to a peer ended: there are three ways, not two.
public enum Outcome<Value: Sendable>: Sendable {
    /// The peer did it and said so.
    case done(Value)
    /// The peer, or we before sending, said no: nothing has changed.
    case refused(Fault)
    /// Sent, and no answer: it may have happened. Look; never repeat blindly.
    case unknown(Fault)
}

/// Why a call did not end well, in a form that crosses modules.
public struct Fault: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Stable, `module.snake_case`.
    public var code: String
    /// For people: what, to what, and what the peer said.
    public var message: String
    /// True when a later attempt may succeed with nothing changed by a person.
    public var transient: Bool

    /// Wraps the three.
    public init(code: String, message: String, transient: Bool) {
        self.code = code
        self.message = message
        self.transient = transient
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
