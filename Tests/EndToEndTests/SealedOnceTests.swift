import CQLClient
import Cassandra
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

@Suite("A volume is sealed once, and its clones boot once", .serialized, .timeLimit(.minutes(6)))
struct SealedOnceTests {
    private static let cluster = "ci-base"
    private static let once: [SealStep] = [.preparing, .rebooting, .admitting, .verifying]
    private static let twice: [SealStep] = [
        .preparing, .isolating, .reading, .rewriting, .masking, .admitting, .draining, .rebooting, .verifying,
    ]

    private func order(of boot: CopyBoot, _ change: (inout BootOrder) -> Void = { _ in }) throws -> BootOrder {
        try boot.order { order in
            order.clusterName = Self.cluster
            change(&order)
        }
    }

    /// Seals a volume and nothing more, and lets the test play with it.
    private func sealed(
        firstPort: UInt16,
        _ change: (inout BootOrder) -> Void = { _ in },
        _ body: (CopyBoot) async throws -> Void
    ) async throws {
        try await CopyBoot.play(firstPort: firstPort) { boot in
            let order = try order(of: boot) { order in
                change(&order)
                order.seals = true
            }
            let (ending, _) = try await boot.ending(order)
            try #require(ending == .exited(0), "\(boot.said)")
            try await body(boot)
        }
    }

    private func expect(_ steps: [SealStep], of boot: CopyBoot) throws {
        #expect(try boot.report().steps.map(\.step) == steps.map(\.name))
    }

    private func milliseconds(of boot: CopyBoot) throws -> Int64 {
        try boot.report().steps.reduce(0) { $0 + ($1.milliseconds ?? 0) }
    }

    /// What every file of the volume holds.
    private func contents(of boot: CopyBoot) async throws -> String {
        try await Stage.run("/bin/sh", ["-c", "cd '\(boot.volume)' && find . -type f -exec sha256sum {} + | sort"])
            .output
    }

    private func expectHidden(_ password: Secret, in boot: CopyBoot) async throws {
        #expect(!boot.said.contains(password.reveal()))
        let found = try await Stage.run("/bin/grep", ["-rFl", password.reveal(), "\(boot.folder)/sandbox"])
        #expect(found.ending == .exited(1), "\(found.output)")
    }

    @Test("nothing of it is published; a clone lets its run in with the keeper, and the keeper is gone then")
    func bootsOnce() async throws {
        try await sealed(firstPort: 15_000) { boot in
            try expect(Array(Self.twice.prefix { $0 != .rebooting }), of: boot)
            for port in boot.ports.all {
                #expect {
                    try CQLConnection.open(host: "127.0.0.1", port: port)
                } throws: {
                    ($0 as? CQLClientError)?.code == .unreachable
                }
            }
            let keeper = try #require(try boot.marker.terms?.keeper)
            var information = stat()
            #expect(stat("\(boot.volume)/\(SealMarker.file)", &information) == 0)
            #expect(information.st_mode & 0o7777 == 0o600)
            try await expectHidden(keeper.password, in: boot)
            let before = try await contents(of: boot)
            try await boot.cloned(firstPort: 15_010) { clone in
                let production = try await ContactCounter.start(
                    host: "127.0.0.3",
                    port: clone.ports.published,
                    storagePort: clone.ports.storage
                )
                try await clone.serving(order(of: clone)) {
                    try expect(Self.once, of: clone)
                    let copy = try clone.connect()
                    #expect(throws: CQLClientError.self) { try clone.connect(keeper.name, keeper.password) }
                    #expect(throws: CQLClientError.self) { try clone.connect("cassandra", Secret("cassandra")) }
                    let roles = try copy.texts("SELECT role, can_login FROM system_auth.roles")
                    #expect(roles.sorted { $0[0] < $1[0] } == [["cassandra", "false"], ["ci_abc", "true"]])
                    #expect(try copy.texts("SELECT cluster_name FROM system.local") == [[Self.cluster]])
                    #expect(try copy.texts("SELECT peer FROM system.peers") == [])
                    #expect(try copy.texts("SELECT name FROM guestbook.guests") == [["Ada"]])
                    let options = try copy.texts("SELECT replication FROM system_schema.keyspaces")
                    #expect(!options.contains { $0[0].contains("'2'") || $0[0].contains("datacenter1") }, "\(options)")
                    let (report, sealing) = (try clone.report(), try boot.report())
                    #expect(report.hostID != nil && report.hostID == sealing.hostID)
                    #expect(report.release == sealing.release)
                    #expect(report.ring == 2 && report.keyspaces == sealing.keyspaces && report.complete == false)
                    let left = try clone.marker
                    #expect(left.terms == nil && left.clusterName == Self.cluster && left.ring == 2)
                }
                try await expectHidden(keeper.password, in: clone)
                #expect(await production.stop() == 0)
            }
            #expect(try await contents(of: boot) == before)
        }
    }

    @Test("two clones of one volume have each their own run's login and no other, at the same time")
    func clones() async throws {
        try await sealed(firstPort: 15_050) { boot in
            try await boot.cloned(firstPort: 15_060) { first in
                try await boot.cloned(firstPort: 15_070) { second in
                    try await first.serving(order(of: first)) {
                        let role = try #require(try second.order().login.role)
                        let other = BootOrder.Role(name: "ci_def", saltedHash: role.saltedHash)
                        try await second.serving(order(of: second) { $0.login = .run(other) }) {
                            for clone in [first, second] { try expect(Self.once, of: clone) }
                            for (clone, name) in [(first, "ci_abc"), (second, "ci_def")] {
                                let roles = try clone.connect(name).texts("SELECT role FROM system_auth.roles")
                                #expect(Set(roles) == [["cassandra"], [name]])
                            }
                            #expect(throws: CQLClientError.self) { try first.connect("ci_def") }
                            #expect(throws: CQLClientError.self) { try second.connect("ci_abc") }
                        }
                    }
                }
            }
        }
    }

    @Test("with another mask or another name it is sealed anew, and the keeper of before is nobody any more")
    func otherTerms() async throws {
        let mask = "UPDATE guestbook.guests SET name = 'somebody' WHERE id = 1"
        try await sealed(firstPort: 15_100) { boot in
            try await boot.cloned(firstPort: 15_110) { clone in
                try await clone.serving(order(of: clone) { $0.mask = mask }) {
                    try expect(Self.twice, of: clone)
                    #expect(try clone.connect().texts("SELECT name FROM guestbook.guests") == [["somebody"]])
                    let roles = try clone.connect().texts("SELECT role FROM system_auth.roles")
                    #expect(Set(roles) == [["cassandra"], ["ci_abc"]])
                }
            }
            try await boot.cloned(firstPort: 15_120) { clone in
                try await clone.serving(clone.order()) {
                    try expect(Self.twice, of: clone)
                    #expect(try clone.connect().texts("SELECT cluster_name FROM system.local") == [["ci-abc"]])
                }
            }
        }
    }

    @Test("production's roles log in where they may; no keeper does, whether it was needed or not")
    func production() async throws {
        func asProduction(_ order: inout BootOrder) { order.login = order.login.role.map { .production($0) } ?? .none }
        try await sealed(firstPort: 15_150, asProduction) { boot in
            let keeper = try #require(try boot.marker.terms?.keeper)
            for (port, mask, steps) in [
                (15_160, nil, Self.once), (15_170, "TRUNCATE guestbook.guests", Self.twice),
            ] as [(UInt16, String?, [SealStep])] {
                try await boot.cloned(firstPort: port) { clone in
                    let order = try order(of: clone) { order in
                        asProduction(&order)
                        order.mask = mask
                    }
                    try await clone.serving(order) {
                        try expect(steps, of: clone)
                        _ = (try clone.connect(), try clone.connect("cassandra", Secret("cassandra")))
                        #expect(throws: CQLClientError.self) { try clone.connect(keeper.name, keeper.password) }
                    }
                }
            }
        }
    }

    @Test("where nobody logs in there is no keeper; what a run requires is required of a clone that boots once too")
    func requirements() async throws {
        try await sealed(firstPort: 15_200, { $0.login = .none }) { boot in
            let terms = try #require(try boot.marker.terms)
            #expect(terms == .init(mask: nil, login: .none, keeper: nil))
            for (port, change, fault, steps) in [
                (15_210, { $0.requiresMask = true }, .noMask, [.preparing]),
                (15_220, { $0.requiresComplete = true }, .incomplete, [.preparing, .rebooting]),
            ] as [(UInt16, (inout BootOrder) -> Void, SealFault, [SealStep])] {
                try await boot.cloned(firstPort: port) { clone in
                    let order = try order(of: clone) { order in
                        order.login = .none
                        change(&order)
                    }
                    #expect(try await clone.ending(order).code == .exited(fault.rawValue), "\(clone.said)")
                    try expect(steps, of: clone)
                }
            }
            try await boot.cloned(firstPort: 15_230) { clone in
                try await clone.serving(order(of: clone) { $0.login = .none }) {
                    try expect(Self.once, of: clone)
                    _ = try CQLConnection.open(host: "127.0.0.1", port: clone.ports.published)
                }
            }
        }
    }

    @Test("a clone that somebody was let into is sealed anew, whether it was booted once or twice before")
    func servedBefore() async throws {
        try await CopyBoot.play(firstPort: 15_250) { boot in
            for _ in 0..<2 {
                try await boot.serving(order(of: boot)) {
                    try expect(Self.twice, of: boot)
                    #expect(try boot.marker.terms == nil)
                    _ = try boot.connect()
                }
            }
        }
        try await sealed(firstPort: 15_260) { boot in
            try await boot.serving(order(of: boot)) { try expect(Self.once, of: boot) }
            try await boot.serving(order(of: boot)) { try expect(Self.twice, of: boot) }
        }
    }

    @Test("a marker that is wrong is found out, and a node that the data remember hears nothing")
    func wrongMarker() async throws {
        let terms = SealMarker.Terms(mask: nil, login: .none, keeper: nil)
        let marker = SealMarker(clusterName: Self.cluster, ring: 1, keyspaces: [], terms: terms)
        let renaming = "UPDATE system.local SET cluster_name = '\(Self.cluster)' WHERE key = 'local'"
        for (port, production, fault) in [
            (15_300, [], .wrongSettings), (15_310, [renaming], .notSealed),
        ] as [(UInt16, [String], SealFault)] {
            try await CopyBoot.play(firstPort: port, production: production) { boot in
                try Data(marker.text.utf8).write(to: URL(filePath: "\(boot.volume)/\(SealMarker.file)"))
                let peer = try await ContactCounter.start(
                    host: "127.0.0.3",
                    port: boot.ports.published,
                    storagePort: boot.ports.storage
                )
                let ending = try await boot.ending(order(of: boot) { $0.login = .none }).code
                #expect(ending == .exited(fault.rawValue), "\(boot.said)")
                #expect(await peer.stop() == 0)
            }
        }
    }

    @Test("what that saves is measured")
    func measured() async throws {
        try await CopyBoot.play(firstPort: 15_350) { boot in
            try await boot.serving(order(of: boot)) {}
            let two = try milliseconds(of: boot)
            try await sealed(firstPort: 15_360) { boot in
                try await boot.cloned(firstPort: 15_370) { clone in
                    try await clone.serving(order(of: clone)) {}
                    let one = try milliseconds(of: clone)
                    print("sealed once: \(one) ms from start to ready, two boots: \(two) ms")
                    #expect(one < two)
                }
            }
        }
    }
}
