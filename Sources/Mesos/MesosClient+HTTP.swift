public import HTTPTransport
import Model

extension MesosClient {
    /// A client that speaks HTTP, waits in real time and draws real randomness.
    ///
    /// Nothing is sent before it runs.
    ///
    /// - Parameters:
    ///   - masters: at least one, tried in turn; see ``MasterAddress/list(_:)``.
    ///   - framework: who we are; its id, if any, is the one that the first SUBSCRIBE names.
    ///   - suppressedRoles: get no offers until ``SchedulerCall/revive``.
    ///   - http: shared with others at will; the open stream holds one connection of it.
    ///   - credentials: for HTTP basic authentication; nil for none.
    ///   - permit: true for the hosts that we may speak to. Asked for every master and every redirect, since the password
    ///     goes there too.
    ///   - backoff: how long to wait between attempts.
    ///   - silence: when a quiet stream counts as dead.
    /// - Throws: `mesos.bad_address` without a master, `mesos.host_not_permitted` for a master that `permit` refuses.
    public convenience init(
        masters: [MasterAddress],
        framework: FrameworkInfo,
        suppressedRoles: [String] = [],
        http: HTTPClient,
        credentials: Credentials? = nil,
        permit: @escaping @Sendable (String) -> Bool,
        backoff: Backoff = Backoff(),
        silence: Silence = Silence()
    ) throws(MesosError) {
        try self.init(
            masters: masters,
            framework: framework,
            suppressedRoles: suppressedRoles,
            transport: HTTPMasterTransport(http: http),
            credentials: credentials,
            permit: permit,
            backoff: backoff,
            silence: silence,
            random: SystemRandomNumberGenerator(),
            pause: { span in try await Task.sleep(for: span.duration) }
        )
    }
}
