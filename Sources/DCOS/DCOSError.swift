public import Model

/// What went wrong between us and the DC/OS that we are installed on: its IAM, or its Admin Router.
public struct DCOSError: Error, Sendable, CustomStringConvertible {
    /// Stable.
    public enum Code: String, Hashable, Sendable, CustomStringConvertible {
        /// A service account's credential that cannot be used.
        case badCredential = "dcos.bad_credential"
        /// An address that is none of DC/OS's.
        case badAddress = "dcos.bad_address"
        /// No answer.
        case unreachable = "dcos.unreachable"
        /// The IAM takes the login of this account for none.
        case loginRefused = "dcos.login_refused"
        /// An answer that cannot be read.
        case badAnswer = "dcos.bad_answer"

        /// With the module's name in front.
        public var description: String { rawValue }
    }

    /// Which.
    public let code: Code
    /// For people: what was asked of whom, and what was answered; never a secret.
    public let message: String
    /// True when a later attempt may succeed with nothing changed by a person.
    public let transient: Bool

    init(_ code: Code, _ message: String, transient: Bool = false) {
        self.code = code
        self.message = message
        self.transient = transient
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// The form that crosses modules.
    public var fault: Fault { Fault(code: code.rawValue, message: message, transient: transient) }
}
