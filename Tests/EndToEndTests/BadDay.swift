import LocalCluster

@testable import understudy

/// What goes wrong in a cluster on a bad day, at rates that a test can wait for.
enum BadDay {
    /// A source of which more runs may be under way than fit on the agents.
    static let sources = DemoCluster.sources.replacing(#""runs": 4"#, with: #""runs": 20"#)
        .replacing(#""snapshots": 8"#, with: #""snapshots": 64"#)

    /// Turns everything on.
    ///
    /// - Parameters:
    ///   - cluster: whose faults these are.
    ///   - seed: of all their dice.
    ///   - outages: how many of the faults that stop everything for a while there are; 1 for one in some twenty runs.
    /// - Throws: for a fault that makes no sense.
    static func begin(in cluster: LocalCluster, seed: UInt64, outages: Double = 1) throws {
        let all: [String: Fault] = [
            "slow-storage": Fault(.delay(seconds: 0.05), on: .init(server: .portworx), rate: 0.2),
            "lost-answers": Fault(.answerLost, on: .init(server: .portworx), rate: 0.05),
            "busy-storage": Fault(.error(status: 503), on: .init(server: .portworx, route: "GET *"), rate: 0.05),
            "refused-deletes": Fault(.error(status: 500), on: .init(server: .portworx, route: "DELETE *"), rate: 0.1),
            "stale": Fault(.staleListing(seconds: 0.5), rate: 0.3),
            "attached": Fault(.staysAttached(seconds: 0.5), rate: 0.2),
            "bad-snapshots": Fault(.failedSnapshot(.inError), rate: 0.05),
            "lost-calls": Fault(.answerLost, on: .init(server: .mesos), rate: 0.03),
            "slow-master": Fault(.delay(seconds: 0.05), on: .init(server: .mesos), rate: 0.1),
            "twice": Fault(.duplicateUpdate, rate: 0.3),
            "late": Fault(.lateUpdate(seconds: 0.2), rate: 0.1),
            "cut": Fault(.streamCut, rate: 0.01 * outages),
            "away": Fault(
                .agentUnreachable(seconds: 0.5),
                on: .init(route: "UPDATE TASK_RUNNING"),
                rate: 0.03 * outages
            ),
            "failover": Fault(
                .masterRestart(.init(keepsRegistry: true)),
                on: .init(route: "ACCEPT"),
                rate: 0.02 * outages
            ),
            "amnesia": Fault(
                .masterRestart(.init(keepsRegistry: false)),
                on: .init(route: "UPDATE TASK_FINISHED"),
                rate: 0.02 * outages
            ),
        ]
        var seeded: [String: Fault] = [:]
        for (place, (name, fault)) in all.sorted(by: { $0.key < $1.key }).enumerated() {
            seeded[name] = fault
            seeded[name]?.seed = seed &+ UInt64(place)
        }
        try cluster.faults.put(seeded, isAll: true)
    }
}
