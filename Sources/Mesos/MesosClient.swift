public import Model
import Synchronization

/// Our line to the Mesos master: one subscription that is kept up, and calls beside it.
///
/// - One task runs ``run(frameworkID:deliver:)``; any number may ``send(_:)`` meanwhile.
/// - A master is found among those named or entered in ZooKeeper, by following redirects; a call goes where the stream came from.
/// - When the stream is lost, it is opened again, at first at once, then as ``Backoff`` says.
public final class MesosClient: Sendable {
    /// Name and password for HTTP basic authentication.
    public struct Credentials: Sendable {
        /// Has to equal the framework's principal.
        public var principal: String
        /// Never printed.
        public var secret: Secret
        /// Wraps both.
        public init(principal: String, secret: Secret) {
            self.principal = principal
            self.secret = secret
        }
    }

    /// When a quiet stream counts as dead.
    ///
    /// A frozen or partitioned master tells nothing else.
    public struct Silence: Hashable, Sendable {
        /// So many heartbeats in a row may be missed; one may be late, two may be an accident.
        public var heartbeats: Int
        /// Never less than this: a master that beats every second may pause to elect a leader or write its log.
        public var atLeast: Span
        /// What is taken while the master has not said how often it beats; Mesos' own value.
        public var assumedInterval: Span

        /// Wraps the three.
        public init(heartbeats: Int = 3, atLeast: Span = .seconds(20), assumedInterval: Span = .seconds(15)) {
            self.heartbeats = heartbeats
            self.atLeast = atLeast
            self.assumedInterval = assumedInterval
        }

        /// The longest silence that is borne; nobody waits longer than an hour, whatever the master says.
        func limit(interval: Double?) -> Span {
            let interval = min(interval ?? assumedInterval.seconds, 3_600)
            return min(max(atLeast, Span(milliseconds: Int64(interval * 1_000) * Int64(heartbeats))), .hours(1))
        }
    }

    struct Stream: Sendable {
        var id: String
        var endpoint: Endpoint
    }

    private struct State {
        var frameworkID: FrameworkID?
        var stream: Stream?
        var running = false
        var random: any RandomNumberGenerator & Sendable
    }

    /// How often one request is sent on by standbys: with three masters one is enough, two can cross an election.
    static let redirectsMax = 4

    let masters: MasterPlace
    let framework: FrameworkInfo
    let suppressedRoles: [String]
    let transport: any MasterTransport
    let authorization: (any Authorization)?
    let backoff: Backoff
    let silence: Silence
    let pause: @Sendable (Span) async throws -> Void
    private let state: Mutex<State>

    init(
        masters: MasterPlace,
        framework: FrameworkInfo,
        suppressedRoles: [String],
        transport: any MasterTransport,
        authorization: (any Authorization)?,
        backoff: Backoff,
        silence: Silence,
        random: any RandomNumberGenerator & Sendable,
        pause: @escaping @Sendable (Span) async throws -> Void
    ) throws(MesosError) {
        guard masters != .named([]) else { throw MesosError(.badAddress, "no master is named") }
        self.masters = masters
        self.framework = framework
        self.suppressedRoles = suppressedRoles
        self.transport = transport
        self.authorization = authorization
        self.backoff = backoff
        self.silence = silence
        self.pause = pause
        state = Mutex(State(frameworkID: framework.id, random: random))
    }

    /// Ours, as far as we know: given to ``run(frameworkID:deliver:)``, or by a master since.
    public var frameworkID: FrameworkID? { state.withLock { $0.frameworkID } }

    /// True while calls can be sent.
    public var isSubscribed: Bool { stream != nil }

    var stream: Stream? { state.withLock { $0.stream } }

    func connect(_ stream: Stream, as id: FrameworkID) {
        state.withLock {
            $0.stream = stream
            $0.frameworkID = id
        }
    }

    /// The next ``run(frameworkID:deliver:)`` makes us a new framework; not to be called during one.
    public func forgetFramework() { state.withLock { $0.frameworkID = nil } }

    func disconnect() { state.withLock { $0.stream = nil } }

    /// Claims the right to run.
    func begin(_ id: FrameworkID?) {
        let first = state.withLock { state in
            defer { state.running = true }
            if let id { state.frameworkID = id }
            return !state.running
        }
        precondition(first, "two subscriptions of one client would evict each other for ever")
    }

    func end() {
        state.withLock {
            $0.running = false
            $0.stream = nil
        }
    }

    /// 0..<1, evenly.
    func draw() -> Double {
        state.withLock { state in
            // 53 bits are what a double holds below 1.
            Double(state.random.next() >> 11) / 9_007_199_254_740_992
        }
    }

    func request(_ endpoint: Endpoint, _ body: [UInt8], streamID: String? = nil, as header: String?) -> MasterRequest {
        var headers = [(name: "Content-Type", value: MasterReply.contentType), ("Accept", MasterReply.contentType)]
        if let header { headers.append(("Authorization", header)) }
        if let streamID { headers.append(("Mesos-Stream-Id", streamID)) }
        return MasterRequest(endpoint: endpoint, headers: headers, body: body)
    }

    /// A refusal with who was refused, and what DC/OS calls the permission that it lacks.
    func named(_ error: MesosError) -> MesosError {
        let isForbidden = error.code == .forbidden || error.code == .notAuthorized
        guard isForbidden || error.code == .unauthenticated else { return error }
        var named = error
        named.message += framework.principal.map { "; we are principal \($0)" } ?? "; we have no principal"
        if isForbidden {
            let permissions = framework.roles.map(ClusterPermission.register)
            named.message += ", which on DC/OS needs the permission \(permissions.joined(separator: ", "))"
        }
        return named
    }
}
