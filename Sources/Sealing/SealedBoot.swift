import CQL
import CQLClient
import Cassandra
import Glibc
import Model

/// The helper's main work: boots a copy of a production node in isolation, makes it another database, and boots that.
///
/// A volume that is to be sealed only is not booted again; a clone of one is booted once.
struct SealedBoot {
    static let stopMilliseconds: Int64 = 120_000
    private static let drainMilliseconds: Int64 = 300_000

    let order: BootOrder
    let progress: SealProgress
    /// Of an earlier sealing of this clone; nil for a copy of production.
    let marker: SealMarker?
    let environment: [String: String]
    let sandbox: String
    let stopping: Stopping

    /// Seals and serves, as the environment says, until Cassandra ends.
    ///
    /// - Returns: the process' exit code: a ``SealFault``'s, Cassandra's own once the copy was published, or 0 where it is not
    ///   to be.
    static func main(environment: [String: String]) -> Int32 {
        let stopping = Stopping()
        guard let sandbox = environment["MESOS_SANDBOX"], sandbox.hasPrefix("/") else {
            putLine("understudy: \(SealFault.badOrder.name): MESOS_SANDBOX names no sandbox")
            return SealFault.badOrder.rawValue
        }
        let progress = SealProgress(sandbox: sandbox)
        do throws(SealFailure) {
            let order: BootOrder
            do { order = try BootOrder(environment: environment) } catch {
                throw SealFailure(.badOrder, error.description)
            }
            let boot = SealedBoot(order, environment, sandbox, progress, stopping)
            return try boot.run()
        } catch {
            progress.fail(error)
            return error.fault.rawValue
        }
    }

    init(
        _ order: BootOrder,
        _ environment: [String: String],
        _ sandbox: String,
        _ progress: SealProgress,
        _ stopping: Stopping
    ) {
        marker = SmallFile.text("\(order.directory)/\(SealMarker.file)", bytesMax: SealMarker.bytesMax)
            .flatMap(SealMarker.init)
        var order = order
        if let marker { order.identity.clusterName = marker.clusterName }
        self.order = order
        self.environment = environment
        self.sandbox = sandbox
        self.progress = progress
        self.stopping = stopping
    }

    private func run() throws(SealFailure) -> Int32 {
        try progress.begin(.preparing)
        try OwnProgram.check(order.helper)
        let owner = try Owner(ofDataIn: order.directory)
        let image = try Image(environment: environment)
        if order.inspects { return try inspect(owner, image) }
        let launcher = Launcher(order, environment, sandbox, owner, image)
        if let marker, marker.serves(order, mask: maskDigest) { return try serve(marker, launcher) }
        var generator = SystemRandomNumberGenerator()
        let hostID = CQLUUID(random: &generator)
        let purpose: OwnLogin.Purpose = order.seals ? .keeper : .verifier
        let login = order.login.role == nil ? nil : try OwnLogin(purpose, &generator)
        progress.note { $0.hostID = hostID.description }
        try seal(launcher, hostID, login)
        guard order.seals else {
            try leaveMarker(terms: nil)
            return try publish(launcher, hostID, login)
        }
        let terms = SealMarker.Terms(mask: maskDigest, login: order.login.kind, keeper: login?.keeper)
        try leaveMarker(terms: terms, for: owner)
        try progress.end()
        return 0
    }

    /// The boot in isolation, to its end.
    private func seal(_ launcher: Launcher, _ hostID: CQLUUID, _ login: OwnLogin?) throws(SealFailure) {
        try progress.begin(.isolating)
        let isolated = try start(.isolated, launcher)
        try whileRunning(isolated) { () throws(SealFailure) in
            let connection = try reach(isolated, address: "127.0.0.1", .isolated, nil)
            let rewriting = Rewriting(order: order, earlier: marker, progress: progress)
            try rewriting.run(on: connection, hostID: hostID, login: login)
            try progress.begin(.draining)
            try drain(isolated, launcher)
        }
        for folder in ["hints", "saved_caches"] { try SmallFile.deleteFiles(in: "\(order.directory)/\(folder)") }
    }

    /// Says in the clone what it is now.
    ///
    /// - Parameters:
    ///   - terms: of a volume that nobody is let into.
    ///   - owner: who alone may read them.
    /// - Throws: `cannotWrite`.
    func leaveMarker(terms: SealMarker.Terms?, for owner: Owner? = nil) throws(SealFailure) {
        let (ring, keyspaces) = (progress.report.ring ?? 1, progress.report.keyspaces)
        let marker = SealMarker(clusterName: order.clusterName, ring: ring, keyspaces: keyspaces, terms: terms)
        try SmallFile.write(marker.text, to: "\(order.directory)/\(SealMarker.file)", for: owner)
    }

    /// The boot on the published port, to its end.
    private func publish(
        _ launcher: Launcher,
        _ hostID: CQLUUID,
        _ verifier: OwnLogin?
    ) throws(SealFailure) -> Int32 {
        try progress.begin(.rebooting)
        let joining = Joining(order, stopping)
        try joining?.awaitPrevious()
        let published = try start(.published, launcher, local: try joining?.local())
        try whileRunning(published) { () throws(SealFailure) in
            let address = order.reachable
            let connection = try reach(published, address: address, .published, verifier?.login)
            try progress.begin(.verifying)
            try Verification(order: order).run(on: connection, hostID: hostID, verifier: verifier)
            if let joining {
                try progress.begin(.joining)
                try joining.run(on: connection, complaint: { published.complaint })
            }
            try progress.begin(.ready)
        }
        return awaitEnd(of: published)
    }

    /// Waits for the end of a copy that was published.
    func awaitEnd(of process: CassandraProcess) -> Int32 {
        let ending = process.wait()
        progress.say("Cassandra ended: \(ending)")
        return ending.code
    }

    // MARK: one boot

    /// Starts Cassandra, and lets it hear of the end.
    ///
    /// - Parameters:
    ///   - phase: as what.
    ///   - launcher: with what.
    ///   - local: as in a ``BootConfiguration``; nil for a node that is alone.
    ///   - isFirst: as there.
    /// - Returns: the boot, of which nothing is known yet.
    /// - Throws: `bootFailed`, `cannotWrite`.
    func start(
        _ phase: BootConfiguration.Phase,
        _ launcher: Launcher,
        local: String? = nil,
        isFirst: Bool = false
    ) throws(SealFailure) -> CassandraProcess {
        guard !stopping.isAsked else { throw SealFailure(.bootFailed, "its end was asked for") }
        let local = local ?? BootConfiguration.loopback
        let configuration = BootConfiguration(phase, of: order, local: local, isFirst: isFirst)
        let process = try launcher.start(configuration)
        stopping.watch(process)
        return process
    }

    /// Does something with a Cassandra; when that fails, Cassandra ends too, and its own words are the reason where it has some.
    func whileRunning(
        _ process: CassandraProcess,
        _ body: () throws(SealFailure) -> Void
    ) throws(SealFailure) {
        do { try body() } catch {
            let endedByItself = process.ending() != nil
            if !endedByItself {
                process.signal(SIGTERM)
                if process.wait(milliseconds: 10_000) == nil { process.signal(SIGKILL) }
            }
            let ending = process.wait()
            if stopping.isAsked { throw SealFailure(.bootFailed, "its end was asked for") }
            guard endedByItself, error.fault != .notOurCassandra else { throw error }
            if case .setting(_, _)? = process.complaint?.kind {
                throw SealFailure(.wrongSettings, process.complaint?.message ?? "", process.complaint)
            }
            throw SealFailure(.bootFailed, "\(ending): \(process.complaint?.message ?? error.description)")
        }
    }

    /// Waits until this boot answers, and proves that it is this one that does.
    func reach(
        _ process: CassandraProcess,
        address: String,
        _ phase: BootConfiguration.Phase,
        _ login: CQLLogin?
    ) throws(SealFailure) -> CQLConnection {
        let port = BootConfiguration(phase, of: order).cqlPort
        guard let bytes = IPv4.bytes(address) else { throw SealFailure(.badOrder, "\(address) is no IPv4 address") }
        let proof = ListenerProof(address: bytes, port: port, process: process.id)
        // From 4.1 on, who may log in is read from a quorum of the ring: the nodes after this one have to be there too.
        let seconds = order.bootSeconds * (phase == .published ? order.nodes : 1)
        let deadline = monotonicMilliseconds() + Int64(seconds) * 1_000
        var last = "nobody listens on port \(port)"
        while monotonicMilliseconds() < deadline {
            if let ending = process.ending() { throw SealFailure(.bootFailed, "Cassandra ended: \(ending)") }
            switch try proof.listener() {
            case .nobody: break
            case .another:
                throw SealFailure(
                    .notOurCassandra,
                    "another process listens on \(address):\(port): it may be production's, and is not spoken to"
                )
            case .ours:
                switch open(address, port, login) {
                case .failure(let error): last = error.message
                case .success(let connection):
                    // What listens may have changed hands between the look and the call: this very connection counts.
                    try proof.prove(connectionFrom: connection.localPort)
                    return connection
                }
            }
            pause(milliseconds: 50)
        }
        throw SealFailure(.bootTimedOut, "no answer within \(seconds) s: \(last)")
    }

    private func open(
        _ address: String,
        _ port: UInt16,
        _ login: CQLLogin?
    ) -> Result<CQLConnection, CQLClientError> {
        do throws(CQLClientError) {
            return .success(try CQLConnection.open(host: address, port: port, timeoutSeconds: 60, login: login))
        } catch { return .failure(error) }
    }

    private func drain(_ process: CassandraProcess, _ launcher: Launcher) throws(SealFailure) {
        let nodetool = try launcher.nodetool("drain")
        guard let ending = nodetool.wait(milliseconds: Self.drainMilliseconds) else {
            nodetool.signal(SIGKILL)
            _ = nodetool.wait()
            throw SealFailure(.drainFailed, "nodetool drain did not end in time")
        }
        guard ending == .exited(0) else { throw SealFailure(.drainFailed, "nodetool drain: \(ending)") }
        process.signal(SIGTERM)
        guard process.wait(milliseconds: Self.stopMilliseconds) != nil else {
            throw SealFailure(.drainFailed, "Cassandra did not stop in time")
        }
    }
}
