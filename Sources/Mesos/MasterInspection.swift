import FoundationEssentials
public import HTTPTransport

/// A reader of a master's operator endpoints, which change nothing.
///
/// No state but the HTTP client's connections; every call may be repeated.
///
/// - Source: `recordings/mesos/13-state`, `17-zk-two-masters`, `16-auth`.
public struct MasterInspection: Sendable {
    /// A list of agents takes some 2 KB an agent, one of frameworks 1.5 KB a task, a thousand of each that are over.
    private static let answerBytesMax = 128 * 1_024 * 1_024
    private static let connect = Duration.seconds(5)
    /// A busy master writes a long list for seconds.
    private static let call = Duration.seconds(30)

    private let http: HTTPClient
    private let authorization: (any Authorization)?
    private let answerBytesMax: Int

    /// A reader.
    ///
    /// - Parameters:
    ///   - http: shared with others at will.
    ///   - authorization: who we are; nil for nobody in particular.
    public init(http: HTTPClient, authorization: (any Authorization)? = nil) {
        self.init(http: http, authorization: authorization, answerBytesMax: Self.answerBytesMax)
    }

    init(http: HTTPClient, authorization: (any Authorization)?, answerBytesMax: Int) {
        self.http = http
        self.authorization = authorization
        self.answerBytesMax = answerBytesMax
    }

    /// The master that leads, as this one says.
    ///
    /// - Throws: `mesos.master_not_ready` when there is none, `mesos.bad_redirect` when its address cannot be read, and
    ///   as ``version(of:)``.
    public func leader(by master: MasterAddress) async throws(MesosError) -> MasterAddress {
        let endpoint = Endpoint(master: master, path: "/master/redirect")
        let response = try await get(endpoint)
        guard response.head.status == 307 || response.head.status == 308 else { throw refusal(response, endpoint) }
        return try endpoint.redirected(to: response.head.header("Location")).master
    }

    /// The version that a master says it has.
    ///
    /// - Throws: `mesos.unreachable`, `mesos.unauthenticated`, `mesos.forbidden`, `mesos.master_not_ready`,
    ///   `mesos.unexpected_status`, `mesos.bad_master_answer`.
    public func version(of master: MasterAddress) async throws(MesosError) -> String {
        let wire: WireMasterVersion = try await read(Endpoint(master: master, path: "/version"))
        return wire.version
    }

    /// The flags that a master was started with, by name; a switch is `true` or `false`.
    ///
    /// - Throws: as ``version(of:)``.
    public func flags(of master: MasterAddress) async throws(MesosError) -> [String: String] {
        let wire: WireMasterFlags = try await read(Endpoint(master: master, path: "/master/flags"))
        return wire.flags
    }

    /// The agents that are registered, in the master's order; of the leader alone.
    ///
    /// - Throws: as ``version(of:)``.
    public func agents(of leader: MasterAddress) async throws(MesosError) -> [MasterAgent] {
        let wire: WireMasterAgents = try await read(Endpoint(master: leader, path: "/master/slaves"))
        return wire.slaves.map(MasterAgent.init)
    }

    /// The frameworks that are registered, and those that are over as far as they are remembered; of the leader alone.
    ///
    /// - Throws: as ``version(of:)``.
    public func frameworks(of leader: MasterAddress) async throws(MesosError) -> MasterFrameworks {
        let wire: WireMasterFrameworks = try await read(Endpoint(master: leader, path: "/master/frameworks"))
        return MasterFrameworks(
            registered: wire.frameworks.map(MasterFramework.init),
            completed: (wire.completed_frameworks ?? []).map(MasterFramework.init)
        )
    }

    /// The roles that somebody uses or that are configured, in the master's order; of the leader alone.
    ///
    /// - Throws: as ``version(of:)``.
    public func roles(of leader: MasterAddress) async throws(MesosError) -> [MasterRole] {
        let wire: WireMasterRoles = try await read(Endpoint(master: leader, path: "/master/roles"))
        return wire.roles.map(MasterRole.init)
    }

    /// Sees whether the scheduler API lets these credentials in, without a call that could do anything.
    ///
    /// A GET is refused as no call, after whoever sends it is known.
    ///
    /// - Throws: `mesos.unauthenticated` and `mesos.forbidden` when it does not, else as ``version(of:)``.
    public func knock(at leader: MasterAddress) async throws(MesosError) {
        let endpoint = Endpoint(master: leader)
        let response = try await get(endpoint)
        guard response.head.status == 405 else { throw refusal(response, endpoint) }
    }

    // MARK: one call

    private func read<Value: Decodable>(_ first: Endpoint) async throws(MesosError) -> Value {
        var endpoint = first
        var response = try await get(endpoint)
        // A standby leads to the leader; that one leads nowhere.
        if response.head.status == 307 || response.head.status == 308 {
            endpoint = try endpoint.redirected(to: response.head.header("Location"))
            response = try await get(endpoint)
        }
        guard response.head.status == 200 else { throw refusal(response, endpoint) }
        return try Self.decode(response.body, endpoint.description)
    }

    static func decode<Value: Decodable>(_ body: [UInt8], _ place: String) throws(MesosError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body))
        } catch {
            let said = String("\(error)".prefix(500))
            throw MesosError(.badMasterAnswer, "\(place) answers with what cannot be read: \(said)")
        }
    }

    private func get(_ endpoint: Endpoint) async throws(MesosError) -> HTTPResponse {
        try await authorized(authorization) { header throws(MesosError) in
            try await send(endpoint, header)
        } isRefusal: {
            $0.head.status == 401
        }
    }

    private func send(_ endpoint: Endpoint, _ authorization: String?) async throws(MesosError) -> HTTPResponse {
        let request = HTTPRequest(
            url: endpoint.description,
            headers: [("Accept", "application/json")] + (authorization.map { [("Authorization", $0)] } ?? []),
            deadlines: HTTPDeadlines(connect: Self.connect, stall: Self.call, total: Self.call),
            limits: HTTPLimits(bodyBytes: answerBytesMax)
        )
        do throws(HTTPError) { return try await http.send(request) } catch {
            // A read changes nothing: it may be repeated whatever became of it.
            throw MesosError(
                .unreachable,
                error.message,
                context: ["http": error.code],
                retry: error.retry == .never ? .never : .safe
            )
        }
    }

    private func refusal(_ response: HTTPResponse, _ endpoint: Endpoint) -> MesosError {
        let status = response.head.status
        let code: MesosError.Code =
            switch status {
            case 401: .unauthenticated
            case 403: .forbidden
            case 404, 500...599: .notReady
            default: .unexpectedStatus
            }
        let said = String(decoding: response.body.prefix(500), as: UTF8.self)
        return MesosError(code, "\(endpoint) answers \(status)" + (said.isEmpty ? "" : ": \(said)"))
    }
}

extension MesosError.Code {
    /// A master's answer that is none of its operator endpoints'.
    public static let badMasterAnswer = Self("bad_master_answer")
}
