import CQL
import CQLClient
import Cassandra
import Digest
import Glibc
import Model
import PasswordHash

/// The helper's main work: boots a copy of a production node in isolation, makes it another database, and boots that.
struct SealedBoot {
    private static let stopMilliseconds: Int64 = 120_000
    private static let drainMilliseconds: Int64 = 300_000

    private let order: BootOrder
    /// Of an earlier sealing of this clone; nil for a copy of production.
    private let marker: SealMarker?
    private let environment: [String: String]
    private let sandbox: String
    private let progress: SealProgress
    private let stopping: Stopping

    /// Seals and serves, as the environment says, until Cassandra ends.
    ///
    /// - Returns: the process' exit code: a ``SealFault``'s, or Cassandra's own once the copy was published.
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

    private init(
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
        var generator = SystemRandomNumberGenerator()
        let hostID = CQLUUID(random: &generator)
        let verifier = try makeVerifier(&generator)
        progress.note { $0.hostID = hostID.description }

        try progress.begin(.isolating)
        let isolated = try start(.isolated, launcher)
        try whileRunning(isolated) { () throws(SealFailure) in
            let connection = try reach(isolated, address: "127.0.0.1", .isolated, nil)
            let rewriting = Rewriting(order: order, earlier: marker, progress: progress)
            try rewriting.run(on: connection, hostID: hostID, verifier: verifier)
            try progress.begin(.draining)
            try drain(isolated, launcher)
        }
        let report = progress.report
        let left = SealMarker(clusterName: order.clusterName, ring: report.ring ?? 1, keyspaces: report.keyspaces)
        try SmallFile.write(left.text, to: "\(order.directory)/\(SealMarker.file)")
        for folder in ["hints", "saved_caches"] { try SmallFile.deleteFiles(in: "\(order.directory)/\(folder)") }

        try progress.begin(.rebooting)
        let published = try start(.published, launcher)
        try whileRunning(published) { () throws(SealFailure) in
            let address = order.reachable
            let connection = try reach(published, address: address, .published, verifier?.login)
            try progress.begin(.verifying)
            try Verification(order: order).run(on: connection, hostID: hostID, verifier: verifier)
            try progress.begin(.ready)
        }
        let ending = published.wait()
        progress.say("Cassandra ended: \(ending)")
        return ending.code
    }

    // MARK: inspection

    /// Boots until nothing of the source's settings is complained about, and reads what the copy says of itself.
    private func inspect(_ owner: Owner, _ image: Image) throws(SealFailure) -> Int32 {
        var corrected = order
        // One complaint a boot, and four settings to complain about.
        for _ in 0..<4 {
            do throws(SealFailure) {
                try look(corrected, owner, image)
                return 0
            } catch {
                guard error.fault == .wrongSettings, case .setting(let name, let saved?)? = error.complaint?.kind,
                    corrected.identity.correct(name, to: saved)
                else { throw error }
                progress.say("\(error.description); it is booted again with that")
            }
        }
        try look(corrected, owner, image)
        return 0
    }

    private func look(_ order: BootOrder, _ owner: Owner, _ image: Image) throws(SealFailure) {
        let boot = SealedBoot(order, environment, sandbox, progress, stopping)
        try progress.begin(.isolating)
        let process = try boot.start(.isolated, Launcher(boot.order, environment, sandbox, owner, image))
        try boot.whileRunning(process) { () throws(SealFailure) in
            let connection = try boot.reach(process, address: "127.0.0.1", .isolated, nil)
            try progress.begin(.reading)
            _ = try Rewriting(order: boot.order, earlier: boot.marker, progress: progress).read(connection)
            try progress.end()
            process.signal(SIGTERM)
            guard process.wait(milliseconds: Self.stopMilliseconds) != nil else {
                throw SealFailure(.drainFailed, "Cassandra did not stop in time")
            }
        }
    }

    private func makeVerifier(
        _ generator: inout SystemRandomNumberGenerator
    ) throws(SealFailure) -> Rewriting.Verifier? {
        guard order.login.role != nil else { return nil }
        let name = "understudy_verifier_\(UInt64.random(in: .min ... .max, using: &generator))"
        let password = RandomPassword.make(using: &generator)
        guard let hash = SaltedHash.of(password) else { throw SealFailure(.loginRefused, "libcrypt makes no hash") }
        return Rewriting.Verifier(
            role: BootOrder.Role(name: name, saltedHash: hash),
            login: CQLLogin(user: name, password: password)
        )
    }

    // MARK: one boot

    private func start(_ phase: BootConfiguration.Phase, _ launcher: Launcher) throws(SealFailure) -> CassandraProcess {
        guard !stopping.isAsked else { throw SealFailure(.bootFailed, "its end was asked for") }
        let process = try launcher.start(BootConfiguration(phase, of: order))
        stopping.watch(process)
        return process
    }

    /// Does something with a Cassandra; when that fails, Cassandra ends too, and its own words are the reason where it has some.
    private func whileRunning(
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
    private func reach(
        _ process: CassandraProcess,
        address: String,
        _ phase: BootConfiguration.Phase,
        _ login: CQLLogin?
    ) throws(SealFailure) -> CQLConnection {
        let port = BootConfiguration(phase, of: order).cqlPort
        guard let bytes = IPv4.bytes(address) else { throw SealFailure(.badOrder, "\(address) is no IPv4 address") }
        let proof = ListenerProof(address: bytes, port: port, process: process.id)
        let deadline = monotonicMilliseconds() + Int64(order.bootSeconds) * 1_000
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
        throw SealFailure(.bootTimedOut, "no answer within \(order.bootSeconds) s: \(last)")
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
