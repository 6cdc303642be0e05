public import Model

/// What went wrong between us and Portworx' gateway.
public struct PortworxError: Error, Sendable, CustomStringConvertible {
    /// Stable.
    public enum Code: String, Hashable, Sendable, CustomStringConvertible {
        /// The URL is none of a gateway.
        case badAddress = "portworx.bad_address"
        /// Nothing was sent.
        case unreachable = "portworx.unreachable"
        /// It may have been carried out: nobody said.
        case outcomeUnknown = "portworx.outcome_unknown"
        /// 401 or 403.
        case denied = "portworx.denied"
        /// 404, where something should have been.
        case notFound = "portworx.not_found"
        /// Another volume has the name.
        case nameTaken = "portworx.name_taken"
        /// The volume is in use.
        case volumeAttached = "portworx.volume_attached"
        /// Portworx takes 64 of one volume.
        case tooManySnapshots = "portworx.too_many_snapshots"
        /// 429 or 503.
        case busy = "portworx.busy"
        /// An answer that cannot be read.
        case badAnswer = "portworx.bad_answer"
        /// Any other no.
        case refused = "portworx.refused"

        /// With the module's name in front.
        public var description: String { rawValue }
    }

    /// Which.
    public let code: Code
    /// For people: what was asked, and what was answered; at most 4 KiB of the answer.
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
