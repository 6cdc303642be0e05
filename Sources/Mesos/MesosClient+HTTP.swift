public import HTTPTransport
import Model

extension MesosClient {
    /// A client that speaks HTTP, waits in real time and draws real randomness.
    ///
    /// Nothing is sent before it runs.
    ///
    /// - Parameters:
    ///   - masters: tried in turn; those in ZooKeeper are looked for before each attempt.
    ///   - framework: who we are; its id, if any, is the one that the first SUBSCRIBE names.
    ///   - suppressedRoles: get no offers until ``SchedulerCall/revive``.
    ///   - http: shared with others at will; the open stream holds one connection of it.
    ///   - authorization: who we are; nil for nobody in particular.
    ///   - backoff: how long to wait between attempts.
    ///   - silence: when a quiet stream counts as dead.
    /// - Throws: `mesos.bad_address` without a master.
    public convenience init(
        masters: MasterPlace,
        framework: FrameworkInfo,
        suppressedRoles: [String] = [],
        http: HTTPClient,
        authorization: (any Authorization)? = nil,
        backoff: Backoff = Backoff(),
        silence: Silence = Silence()
    ) throws(MesosError) {
        try self.init(
            masters: masters,
            framework: framework,
            suppressedRoles: suppressedRoles,
            transport: HTTPMasterTransport(http: http),
            authorization: authorization,
            backoff: backoff,
            silence: silence,
            random: SystemRandomNumberGenerator(),
            pause: { span in try await Task.sleep(for: span.duration) }
        )
    }
}
