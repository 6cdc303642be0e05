/// What went wrong with a request body, or between the client and the scheduler.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name, `api.snake_case`; equality in tests is by this.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// With the module's name in front.
        public let description: String
        init(_ name: String) { description = "api.\(name)" }
        /// A code that a server sent, whatever it is.
        init(sent text: String) { description = text }
    }

    /// Who said no, and what a caller may do about it.
    public enum Kind: Hashable, Sendable {
        /// Found before anything was sent, or by the reader of a body: the input is wrong.
        case invalid
        /// The scheduler answered and refused, with this status (400…599).
        case refused(status: Int)
        /// No answer; with `mayHaveHappened` false, the request did not leave.
        case unreachable(mayHaveHappened: Bool)
        /// An answer that is not one of this API's.
        case badAnswer
    }

    /// Who said no.
    public var kind: Kind
    /// The stable name.
    public var code: Code
    /// For people: what, where, and what was expected.
    public var message: String
    /// The path of the field at fault, `suite.image`; nil when it is no single field.
    public var field: String?

    init(_ kind: Kind, _ code: Code, _ message: String, field: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
    }

    /// As it goes over the wire.
    public var body: ErrorBody { ErrorBody(code: code.description, message: message, field: field) }

    /// True when the same request may succeed later although nobody changes it: no answer, 429, 502, 503 or 504.
    public var isTransient: Bool {
        switch kind {
        case .unreachable: true
        case .refused(let status): [429, 502, 503, 504].contains(status)
        case .invalid, .badAnswer: false
        }
    }

    /// True unless it is certain that the scheduler did not act on the request.
    public var mayHaveHappened: Bool {
        switch kind {
        case .unreachable(let mayHaveHappened): mayHaveHappened
        case .badAnswer: true
        // A gateway's answer says nothing about what stands behind it.
        case .refused(let status): status >= 500
        case .invalid: false
        }
    }

    /// Code, message and field.
    public var description: String {
        let place = field.map { " (field \($0))" } ?? ""
        return "\(code): \(message)\(place)"
    }

    /// The code alone, for labels.
    public var shortDescription: String { code.description }
}

extension APIError.Code {
    // A request

    /// Not JSON as RFC 8259 has it, or nested too deeply, or a name that appears twice.
    public static let badJSON = Self("bad_json")
    /// A field or parameter that the API does not know.
    public static let unknownField = Self("unknown_field")
    /// A field that has to be there is not.
    public static let missingField = Self("missing_field")
    /// A value of the wrong type, form or range.
    public static let badValue = Self("bad_value")
    /// More bytes than a request may have.
    public static let bodyTooLarge = Self("body_too_large")

    // Access

    /// No token, or none that is good.
    public static let unauthorized = Self("unauthorized")
    /// A token that is good, but not for this.
    public static let forbidden = Self("forbidden")

    // The scheduler

    /// Another scheduler holds the state's lock; this one waits for it.
    public static let standby = Self("standby")

    // The client

    /// An address that is not `http://HOST[:PORT]` or `https://…`.
    public static let badURL = Self("bad_url")
    /// No answer.
    public static let unreachable = Self("unreachable")
    /// DC/OS' Admin Router does not get through to the service.
    public static let noRoute = Self("no_route")
    /// Admin Router takes no call with this token, or without one.
    public static let noLogin = Self("no_login")
    /// Admin Router does not let this user through to the service.
    public static let noPermission = Self("no_permission")
    /// An answer that this API never gives.
    public static let badAnswer = Self("bad_answer")
}
