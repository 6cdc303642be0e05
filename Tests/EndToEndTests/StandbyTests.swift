import API
import Glibc
import HTTPTransport
import LocalCluster
import Mesos
import Model
import Synchronization
import Testing
import ZooKeeper
import ZooKeeperServer

@testable import understudy

/// Schedulers whose state is in ZooKeeper: one acts, the others stand by.
@Suite("State in ZooKeeper, end to end", .serialized, .withZooKeeper, .timeLimit(.minutes(6)))
struct StandbyTests {
    private static let firstPort: UInt16 = 29_000

    private static func flags(_ servers: String, session: String, path: String = freshPath()) -> [String] {
        ["--state", "zk://\(servers)\(path)", "--state-session", session]
    }

    private static func freshPath() -> String { "/dcos-service-\(UInt64.random(in: .min ... .max))" }

    /// Another scheduler beside the stage's, for as long as the body runs; it gets its address.
    private static func withSecond(
        _ stage: Stage,
        _ flags: [String],
        _ body: (_ address: String, _ client: APIClient) async throws -> Void
    ) async throws {
        let (addresses, feed) = AsyncStream.makeStream(of: String.self)
        let prefix = "understudy: listening on "
        let second = Task {
            try await stage.demo.run(stage.demo.schedulerArguments() + flags, cancel: SIGTERM) { line in
                if line.hasPrefix(prefix) { feed.yield(String(line.dropFirst(prefix.count))) }
            }
        }
        var first = addresses.makeAsyncIterator()
        let address = try #require(await first.next())
        let client = try APIClient(url: address, http: HTTPClient())
        let result: Result<Void, any Error>
        do { result = .success(try await body(address, client)) } catch { result = .failure(error) }
        await client.shutdown()
        second.cancel()
        #expect(try await second.value == .exited(0))
        try result.get()
    }

    /// A stage whose scheduler acts, and reaches ZooKeeper through a relay.
    private static func withRelay(
        session: String,
        _ body: (_ stage: Stage, _ relay: ZooKeeperRelay, _ flags: [String]) async throws -> Void
    ) async throws {
        let relay = try ZooKeeperRelay(to: WithZooKeeper.server.port)
        defer { relay.stop() }
        let flags = flags(relay.address, session: session)
        try await Stage.play(firstPort: firstPort) { stage in
            try await stage.start(more: flags)
            try await body(stage, relay, flags)
        }
    }

    @Test("a standby says who leads and refuses, takes over in seconds when that one is killed, and runs go on")
    func takesOver() async throws {
        let flags = Self.flags(try WithZooKeeper.server.address, session: "2s")
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start(more: flags)
            try await Self.withSecond(stage, flags) { address, client in
                try await stage.until("it knows who leads") {
                    try await client.health().obstacle?.contains(stage.address) == true
                }
                let health = try await client.health()
                #expect(!health.leader && health.store && !health.isAbleToAct)
                let error = await #expect(throws: APIError.self) { _ = try await client.runs(RunsQuery()) }
                #expect(error?.code == .standby)

                // Whoever is given both addresses need not know which of them leads, then and later.
                let both = ["--url", "\(address),\(stage.address)"]
                let running = Task {
                    let lines = Mutex<[String]>([])
                    let command = ["run", "--wait", "--key", "moved", "--command", stage.heldSuite]
                    let ending = try await stage.demo.run(command + both + Stage.suiteArguments) { line in
                        lines.withLock { $0.append(line) }
                    }
                    return (ending, lines.withLock { $0.joined(separator: "\n") })
                }
                try await stage.until("the suite runs") { try await stage.runs().contains { $0.phase == .testing } }
                let framework = try await stage.client { try await $0.health().frameworkId }
                await stage.demo.stopScheduler(with: SIGKILL)
                let killed = ContinuousClock.now
                try await stage.until("the other acts") { try await client.health().isAbleToAct }
                #expect(ContinuousClock.now - killed < .seconds(20), "a session of 2 s was over")
                #expect(try await client.health().frameworkId == framework)
                try await stage.letSuiteGoOn()
                let (ending, output) = try await running.value
                #expect(ending == .exited(0), "\(output)")
            }
        }
    }

    @Test("one that is stopped gives the lead away at once, however long its session")
    func stopped() async throws {
        let flags = Self.flags(try WithZooKeeper.server.address, session: "60s")
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start(more: flags)
            try await Self.withSecond(stage, flags) { _, client in
                await stage.demo.stopScheduler()
                try await stage.until("the other acts", within: .seconds(20)) { try await client.health().isAbleToAct }
            }
        }
    }

    @Test("while no server answers it stays up, starts nothing and says so; then it goes on")
    func pauses() async throws {
        try await Self.withRelay(session: "9s") { stage, relay, _ in
            relay.become(.cut)
            try await stage.until("health says so") {
                try await stage.client { try await $0.health().obstacle?.contains("ZooKeeper at") == true }
            }
            let health = try await stage.client { try await $0.health() }
            #expect(health.leader && !health.store && !health.isAbleToAct)
            let error = await #expect(throws: APIError.self) { _ = try await stage.submit("true", key: "paused") }
            #expect(error?.code.description == "api.paused")
            relay.become(.passing)
            try await stage.until("it goes on") { try await stage.client { try await $0.health().isAbleToAct } }
            let (ending, output) = try await stage.run("guestbook-suite", key: "after")
            #expect(ending == .exited(0), "\(output)")
        }
    }

    @Test("one whose session is over exits 75")
    func expires() async throws {
        try await Self.withRelay(session: "1s") { stage, relay, _ in
            relay.become(.cut)
            try await Task.sleep(for: .seconds(3))
            relay.become(.passing)
            // Signal 0 is none: it ends by itself.
            #expect(await stage.demo.stopScheduler(with: 0) == .exited(75))
            #expect(stage.demo.lastWords().contains("state.lost"), "\(stage.demo.lastWords())")
        }
    }

    @Test("one that is told to stop while no server answers stops in order")
    func stopsInSilence() async throws {
        try await Self.withRelay(session: "60s") { stage, relay, flags in
            relay.become(.cut)
            let ending = await stage.demo.stopScheduler()
            #expect(ending == .exited(0), "\(stage.demo.lastWords())")
            // Nor does one that never had an answer wait for it.
            try await stage.start(more: flags, ableToAct: false)
            #expect(try await stage.client { try await $0.health().obstacle }?.contains("has not answered yet") == true)
            #expect(await stage.demo.stopScheduler() == .exited(0), "\(stage.demo.lastWords())")
        }
    }

    @Test("the master is found in ZooKeeper; while there is none, health and doctor say so")
    func findsMaster() async throws {
        let servers = try WithZooKeeper.server.address
        let place = "/mesos-\(UInt64.random(in: .min ... .max))"
        let masters = try ZooKeeperSession(servers: servers, timeout: .seconds(10), credentials: nil)
        try await masters.closing(after: .seconds(300)) { () async throws in
            try await masters.multi([.create(path: place, data: [])])
            try await Stage.play(firstPort: Self.firstPort) { stage in
                let flags = ["--master", "zk://\(servers)\(place)"]
                try await stage.start(more: flags, ableToAct: false)
                try await stage.until("health says why") {
                    try await stage.client {
                        try await $0.health().obstacle?.contains("no master has entered itself at zk://") == true
                    }
                }
                let address = try MasterAddress(parsing: stage.demo.cluster.masterAddress)
                let entry = #"{"address":{"ip":"\#(address.host)","port":\#(address.port)}}"#
                let node = try await masters.createEphemeral("\(place)/json.info_", Array(entry.utf8))
                try await stage.until("it can act") { try await stage.client { try await $0.health().isAbleToAct } }
                let (ending, output) = try await stage.run("guestbook-suite", key: "found")
                #expect(ending == .exited(0), "\(output)")

                let state = "zk://\(servers)\(Self.freshPath())"
                let settings = flags + ["--portworx", stage.demo.cluster.storageURL, "--state", state]
                let doctor = try await Stage.run(try Stage.program, ["doctor"] + settings)
                #expect(doctor.output.contains("\(address) — leads, Mesos"), "\(doctor.output)")
                try await masters.multi([.delete(path: node)])
                let lost = try await Stage.run(try Stage.program, ["doctor"] + settings)
                #expect(lost.ending == .exited(1) && lost.output.contains("no master has entered itself"), "\(lost)")
                // The subscription needs no ZooKeeper.
                #expect(try await stage.client { try await $0.health().isAbleToAct })
            }
        }
    }

    @Test("a state that is not ours to use is a clear error and status 78")
    func refused() async throws {
        let servers = try WithZooKeeper.server.address
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let secret = "\(stage.demo.directory)/credentials"
            _ = try await stage.demo.shell("printf 'understudy:hush\\n' > '\(secret)'")
            let path = Self.freshPath()
            let credentials = ["--state-credentials", secret]
            try await stage.start(more: Self.flags(servers, session: "2s", path: path) + credentials)
            await stage.demo.stopScheduler()
            for (flags, code) in [
                (Self.flags(servers, session: "2s", path: path), "state.denied"),
                (Self.flags(servers, session: "2s", path: "/not-there/x"), "state.bad_address"),
                (["--state", "zk://\(servers)/"], "understudy.bad_flag"),
                (["--state-session", "1h"], "understudy.bad_flag"),
                (["--state-credentials", "\(secret).not-there"], "understudy.bad_flag"),
            ] {
                let lines = Mutex<[String]>([])
                let ending = try await stage.demo.run(stage.demo.schedulerArguments() + flags) { line in
                    lines.withLock { $0.append(line) }
                }
                let said = lines.withLock { $0.joined(separator: "\n") }
                #expect(ending == .exited(78) && said.contains(code) && !said.contains("hush"), "\(said)")
            }
        }
    }
}
