public import Model

/// What went wrong between us and a Mesos master.
public struct MesosError: Error, Sendable, CustomStringConvertible {
    /// A stable name, `mesos.snake_case`; equality in tests is by this.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String
        init(_ name: String) { self.name = name }
        /// With the module's name in front.
        public var description: String { "mesos.\(name)" }
    }

    /// Whether trying again can help.
    public enum Retry: Hashable, Sendable {
        /// Nothing has happened; a later attempt may succeed.
        case safe
        /// Nothing has happened; the same attempt fails again.
        case never
        /// It may have happened: look before anything else.
        case outcomeUnknown
    }

    /// Why we must not subscribe again under this framework id; every one of them ends the process.
    public enum Fatal: String, Hashable, Sendable {
        /// Torn down, or away for longer than the failover timeout. - Source: `recordings/mesos/07-failover`, `09-teardown`.
        case frameworkRemoved
        /// Another scheduler has taken the id; coming back would evict it, and so on for ever.
        case failedOver
        /// The id belongs to another principal.
        case principalChanged
        /// The master's rules forbid the role or the user.
        case notAuthorized
        /// The master calls the subscription itself invalid.
        case invalid
    }

    /// The stable name.
    public var code: Code
    /// For people: what, where, and what the master said.
    public var message: String
    /// Details by name, for logs.
    public var context: [String: String]
    /// Whether trying again can help.
    public var retry: Retry
    /// Set exactly when the scheduler has to stop for good.
    public var fatal: Fatal?

    init(
        _ code: Code,
        _ message: String,
        context: [String: String] = [:],
        retry: Retry = .never,
        fatal: Fatal? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.retry = retry
        self.fatal = fatal
    }

    /// Code, message and context in order of the names.
    public var description: String {
        let details = context.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(code): \(message)\(details)"
    }

    /// The code alone, for labels.
    public var shortDescription: String { code.description }

    /// The form that crosses modules.
    public var fault: Fault { Fault(code: code.description, message: message, transient: retry == .safe) }
}

extension MesosError.Code {
    // The wire

    /// A record's length is not a decimal number and a line feed.
    public static let recordioBadLength = Self("recordio_bad_length")
    /// A record announces more than we hold.
    public static let recordioTooLarge = Self("recordio_too_large")
    /// The stream ended inside a record.
    public static let recordioTruncated = Self("recordio_truncated")
    /// Bytes that are not the protobuf message they should be.
    public static let malformed = Self("malformed")
    /// A field that has to be there is not, or is empty.
    public static let missingField = Self("missing_field")
    /// An enum or a number outside what we know.
    public static let badValue = Self("bad_value")
    /// Something that we were asked to send cannot be said on the wire.
    public static let cannotEncode = Self("cannot_encode")

    // Addresses

    /// A master's address that cannot be read.
    public static let badAddress = Self("bad_address")
    /// ZooKeeper, where the masters enter themselves, does not answer, or does not let us read.
    public static let zooKeeper = Self("zookeeper")
    /// A redirect that cannot be read, or leads from https to http.
    public static let badRedirect = Self("bad_redirect")
    /// Redirects that lead on and on.
    public static let tooManyRedirects = Self("too_many_redirects")

    // The subscription

    /// No stream is open, so no call can be sent.
    public static let notSubscribed = Self("not_subscribed")
    /// SUBSCRIBE is sent by `run` alone.
    public static let subscribeIsRuns = Self("subscribe_is_runs")
    /// The master could not be reached.
    public static let unreachable = Self("unreachable")
    /// The master is starting, recovering or without a leader.
    public static let notReady = Self("master_not_ready")
    /// 401: no, wrong or foreign credentials.
    public static let unauthenticated = Self("unauthenticated")
    /// 403.
    public static let forbidden = Self("forbidden")
    /// An HTTP status that we did not expect.
    public static let unexpectedStatus = Self("unexpected_status")
    /// 200, but in another encoding than ours.
    public static let unexpectedContentType = Self("unexpected_content_type")
    /// 200, but something else than SUBSCRIBED first.
    public static let unexpectedFirstEvent = Self("unexpected_first_event")
    /// The stream ended as HTTP streams do: taken over, torn down or removed.
    public static let streamClosed = Self("stream_closed")
    /// The connection broke: the master died.
    public static let streamBroken = Self("stream_broken")
    /// The master stopped speaking; only missing heartbeats tell.
    public static let streamSilent = Self("stream_silent")
    /// An ERROR event that is none of those below.
    public static let masterError = Self("master_error")
    /// A call that the master refused.
    public static let callRefused = Self("call_refused")
    /// A call whose fate is open.
    public static let callUnknown = Self("call_outcome_unknown")

    // Fatal

    /// See ``MesosError/Fatal/frameworkRemoved``.
    public static let frameworkRemoved = Self("framework_removed")
    /// See ``MesosError/Fatal/failedOver``.
    public static let failedOver = Self("failed_over")
    /// See ``MesosError/Fatal/principalChanged``.
    public static let principalChanged = Self("principal_changed")
    /// See ``MesosError/Fatal/notAuthorized``.
    public static let notAuthorized = Self("not_authorized")
    /// See ``MesosError/Fatal/invalid``.
    public static let subscriptionInvalid = Self("subscription_invalid")
}
