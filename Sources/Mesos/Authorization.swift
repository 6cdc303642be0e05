public import Model

/// Who we are to masters and agents: what stands in the `Authorization` header of each request.
///
/// It is asked before every request, so that what it gives has to be at hand as a rule.
public protocol Authorization: Sendable {
    /// The header's value.
    ///
    /// - Throws: a fault that says what is missing; nothing is sent then.
    func header() async throws(MesosError) -> String

    /// Takes note that a request with this value was answered with 401.
    ///
    /// - Parameter header: as it was given.
    /// - Returns: true when the next value is worth a try: the request is repeated once.
    func refused(_ header: String) async -> Bool
}

/// Name and password for HTTP basic authentication: the same for ever.
public struct BasicAuthorization: Authorization {
    private let value: Secret

    /// Keeps what goes into the header.
    public init(_ credentials: MesosClient.Credentials) {
        value = Secret("Basic " + base64("\(credentials.principal):\(credentials.secret.reveal())"))
    }

    /// Throws nothing.
    public func header() async throws(MesosError) -> String { value.reveal() }

    /// There is no other.
    public func refused(_ header: String) async -> Bool { false }
}

extension MesosError {
    /// Nobody says who we are: nothing was sent.
    ///
    /// - Parameter fault: of whoever should have said it.
    /// - Returns: `mesos.unauthenticated`.
    public static func unauthenticated(_ fault: Fault) -> MesosError {
        MesosError(
            .unauthenticated,
            fault.message,
            context: ["cause": fault.code],
            retry: fault.transient ? .safe : .never
        )
    }
}

/// Sends a request as whoever we are; once more when it was answered with 401 and a fresher word of that may help.
///
/// - Parameters:
///   - authorization: who we are; nil for nobody in particular.
///   - send: with the header's value, nil for none.
///   - isRefusal: true for a 401.
///   - discard: takes the answer that nobody will look at.
/// - Returns: the last answer, also where it is a refusal.
/// - Throws: as the header and the sending do.
func authorized<Answer>(
    _ authorization: (any Authorization)?,
    _ send: (String?) async throws(MesosError) -> Answer,
    isRefusal: (Answer) -> Bool,
    discard: (Answer) -> Void = { _ in }
) async throws(MesosError) -> Answer {
    guard let authorization else { return try await send(nil) }
    let header = try await authorization.header()
    let answer = try await send(header)
    guard isRefusal(answer), await authorization.refused(header) else { return answer }
    discard(answer)
    return try await send(try await authorization.header())
}
