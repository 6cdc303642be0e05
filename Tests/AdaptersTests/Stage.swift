import Foundation
import Logging
import Model
import Portworx
import SeededRandom
import StateStore
import Synchronization
import Testing

@testable import Adapters
@testable import Lifecycle
@testable import Mesos
@testable import Portworx
@testable import Scheduler

/// The real scheduler and the real client of the master, over a fake master and without storage.
struct Stage: Sendable {
    let master: FakeMaster
    let cluster: MesosCluster
    let scheduler: Scheduler

    init(_ events: [[UInt8]]) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        master = FakeMaster(events)
        cluster = MesosCluster(
            try MesosClient(
                masters: MasterPlace("127.0.0.1:5050"),
                framework: FrameworkInfo(
                    name: "understudy",
                    user: "root",
                    roles: ["r"],
                    hostname: "h",
                    failoverTimeout: .days(14)
                ),
                suppressedRoles: [],
                transport: master,
                authorization: nil,
                backoff: Backoff(),
                silence: .init(),
                random: SplitMix64(seed: 7),
                pause: { _ in try Task.checkCancellation() }
            ),
            helper: { Helper(url: "http://127.0.0.1:8642/v1/helper/abc", sha256: "abc") },
            logins: RunLogins(secret: Secret("secret")),
            logger: logger
        )
        scheduler = Scheduler(
            SystemState(settings: Settings(), install: "test", sources: []),
            store: ForgetfulStore(),
            epoch: 1,
            cluster: cluster,
            volumes: PortworxVolumes(PortworxClient(transport: NoGateway())),
            clock: { Instant(milliseconds: 1_700_000_000_000) },
            logger: logger
        )
    }

    /// Runs both beside the body, and stops them after.
    func play(_ body: () async throws -> Void) async throws {
        let scheduling = Task { try await scheduler.run() }
        let listening = Task { try await cluster.run(for: scheduler) }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        listening.cancel()
        await scheduler.stop()
        try await listening.value
        try await scheduling.value
        try result.get()
    }
}

/// Takes everything and keeps nothing.
private actor ForgetfulStore: StateStore {
    private var sequence: Int64 = 0

    func open() async throws(StateStoreError) -> StoredState { StoredState(epoch: 1, sequence: 0, records: []) }

    func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 {
        sequence += 1
        return sequence
    }

    func read(_ key: String) async throws(StateStoreError) -> [UInt8]? { nil }

    func destroy() async throws(StateStoreError) {}
    func close() async {}
}

/// A gateway that nobody reaches.
struct NoGateway: GatewayTransport {
    func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer {
        throw PortworxError(.unreachable, "nobody there", transient: true)
    }
}

/// Events of the master, as it writes them.
enum Written {
    static let subscribed = Wire.field(1, number: 1) + Wire.field(2, Wire.field(1, id: "F"))

    /// OFFERS; each of them a message Offer.
    static func offers(_ offers: [[UInt8]]) -> [UInt8] {
        Wire.field(1, number: 2) + Wire.field(3, offers.flatMap { Wire.field(1, $0) })
    }

    static func offer(_ id: String) -> [UInt8] {
        Wire.field(1, id: id) + Wire.field(2, id: "F") + Wire.field(3, id: "S") + Wire.field(4, "h")
    }

    /// Without the agent's id, which nothing can do without.
    static func oddOffer(_ id: String?) -> [UInt8] {
        (id.map { Wire.field(1, id: $0) } ?? []) + Wire.field(2, id: "F") + Wire.field(4, "h")
    }

    static func update(_ task: String, state: UInt8, uuid: [UInt8]?) -> [UInt8] {
        let status =
            Wire.field(1, id: task) + Wire.field(2, number: state) + Wire.field(5, id: "S")
            + (uuid.map { Wire.field(11, $0) } ?? [])
        return Wire.field(1, number: 4) + Wire.field(5, Wire.field(1, status))
    }
}
