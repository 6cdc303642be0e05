import API
import FoundationEssentials
import HTTPTransport
import LocalCluster
import Model

/// The article's story, in five acts: a change that passes on dummy data, breaks on production's, and is caught by a copy of it.
struct DemoStory: Sendable {
    /// From the last release to nothing left.
    private static let cleanUpLimit = Duration.seconds(60)
    /// The guest whose name the tests did not have.
    private static let guest = "Élodie"

    let stage: DemoStage
    let site: DemoSite
    let teller: DemoTeller

    /// Tells all of it.
    ///
    /// - Returns: where the scheduler and the site are.
    func tell() async throws -> (scheduler: String, site: String) {
        let (url, page) = try await runOnProduction()
        try await deployChange(page)
        try await breakSite(page)
        let run = try await catchOnCopy(url)
        try await fix(url, run, page)
        try await checkNothingIsLeft(url, run)
        return (url, page)
    }

    // MARK: 1

    /// Sets the stage: cluster, production, scheduler and site.
    func runOnProduction() async throws -> (scheduler: String, site: String) {
        teller.heading("1  the guestbook runs on production")
        try await stage.cluster.start()
        teller.say("mesos master   \(stage.cluster.masterAddress)   (stand-in)")
        teller.say("portworx       \(stage.cluster.storageURL)   (stand-in)")
        teller.say("agents         ssd-1 ssd-2: Portworx, high tier, pools labelled no_snapshot")
        teller.say("               hdd-1 hdd-2: Portworx, low tier; plain-1: none")
        try await stage.startProduction()
        let release = try await ask("SELECT release_version FROM system.local")
        teller.say("production     cassandra on \(DemoCluster.productionAgent), release \(release)")
        let url = try await stage.startScheduler()
        try await teller.withClient(url) { client in
            try await teller.until("the scheduler is not able to act", within: .seconds(30)) {
                try await client.health().isAbleToAct
            }
        }
        teller.say("understudy     \(url)")
        try await site.deploy("1.0")
        let page = "http://127.0.0.1:\(site.port)"
        for name in ["Ada", "Grace", "Zoë"] { try await sign(page, name) }
        teller.say("guestbook 1.0  \(page)   guests: \(try await guests())")
        return (url, page)
    }

    private func guests() async throws -> String {
        try await ask("SELECT name FROM guestbook.guests").split(separator: "\n").reversed().joined(separator: ", ")
    }

    /// Production's database; a real one takes its time to boot.
    private func ask(_ statement: String) async throws -> String {
        let place = "--host \(DemoCluster.productionHost) --port \(stage.parts.productionPort) --within 2m"
        return try await stage.shell("'\(stage.program)' cql \(place) '\(statement)'")
    }

    private func sign(_ page: String, _ name: String) async throws {
        let answer = try await teller.send("POST", "\(page)/sign", form: "name=\(name)&message=was here")
        guard answer.head.status == 303 else {
            throw DemoFault("signing as \(name) was answered \(answer.head.status)")
        }
    }

    // MARK: 2

    private func deployChange(_ page: String) async throws {
        teller.heading(
            "2  a change: guests stand under their first letter. Its tests pass on dummy data; it is deployed"
        )
        let dummy = try await DemoDummy.start(stage)
        let result: Result<Void, any Error>
        do { result = .success(try await testOnDummy(dummy)) } catch { result = .failure(error) }
        await dummy.stop()
        try result.get()
        try await redeploy("1.1")
        guard try await look(page) == 200 else { throw DemoFault("guestbook 1.1 does not serve its page") }
    }

    private func testOnDummy(_ dummy: DemoDummy) async throws {
        let pytest = "'\(stage.directory)/images/guestbook-1.1/pytest' tests -q --no-header"
        teller.say("pytest tests                          on a database with dummy data")
        let (ending, output) = try await stage.attempt("\(pytest) 2>&1", environment: dummy.address)
        teller.quote(output)
        guard ending == .exited(0) else { throw DemoFault("the tests of 1.1 should pass on dummy data: \(ending)") }
    }

    private func redeploy(_ version: String) async throws {
        try await site.deploy(version)
        teller.say("deployed       guestbook \(version)")
    }

    /// The page's status, said with the request.
    private func look(_ page: String) async throws -> Int {
        let answer = try await teller.send("GET", "\(page)/")
        teller.say("GET /          \(answer.head.status)")
        return answer.head.status
    }

    // MARK: 3

    private func breakSite(_ page: String) async throws {
        teller.heading("3  a guest signs with a name that the tests did not have, and the site breaks")
        try await sign(page, Self.guest)
        teller.say("POST /sign     name=\(Self.guest)   303")
        guard try await look(page) == 500 else { throw DemoFault("the site should have broken, and has not") }
        // It answers first, and then says why.
        try await teller.until("the site does not say why it broke", within: .seconds(30)) {
            site.lastWords(3).contains("Error")
        }
        teller.quote(site.lastWords(3))
    }

    // MARK: 4

    private func catchOnCopy(_ url: String) async throws -> RunID {
        teller.heading("4  the same tests on a copy of production: red, with what the data did")
        let before = try await checksum()
        teller.say("production     \(before)")
        let more = ["--keep-on-failure", "10m"]
        try await run(url, "1.1", key: "push-1", more, exits: 1, or: "the suite should have failed")
        let after = try await checksum()
        teller.say("production     \(after)   unchanged")
        guard before == after else {
            throw DemoFault("production's bytes have changed: \(before) before, \(after) after")
        }
        let run = try await teller.withClient(url) { client in try await client.runs(RunsQuery()).runs.first }
        guard let run else { throw DemoFault("the scheduler knows no run") }
        return run.id
    }

    private func run(
        _ url: String,
        _ version: String,
        key: String,
        _ more: [String],
        exits code: Int32,
        or fault: String
    ) async throws {
        let command = "pytest tests -q -x --no-header --tb=short"
        let suite = ["--suite-image", DemoImages.guestbookImage(version), "--command", command]
        teller.say("understudy run --wait --source guestbook --suite-image \(suite[1]) --command '\(command)'")
        let arguments = ["run", "--url", url, "--key", key, "--source", "guestbook", "--wait", "--timeout", "2m"]
        let ending = try await stage.run(arguments + suite + more) { teller.say($0) }
        guard ending == .exited(code) else {
            throw DemoFault("\(fault) (\(ending)); the scheduler's last words:\n\(stage.lastWords())")
        }
    }

    /// Of every byte and every name of production's volume.
    private func checksum() async throws -> String {
        guard let directory = stage.cluster.directory(ofVolumeNamed: DemoCluster.volume) else {
            throw DemoFault("production's volume is missing")
        }
        let sums = "cd '\(directory)' && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum"
        return "sha256 " + (try await stage.shell(sums)).prefix(32)
    }

    // MARK: 5

    private func fix(_ url: String, _ red: RunID, _ page: String) async throws {
        teller.heading("5  the fix, on the very same snapshot: green. It is deployed")
        let more = ["--same-data-as", red.value]
        try await run(url, "1.2", key: "push-2", more, exits: 0, or: "the fix should have passed")
        try await redeploy("1.2")
        guard try await look(page) == 200 else { throw DemoFault("guestbook 1.2 does not serve its page") }
    }

    private func checkNothingIsLeft(_ url: String, _ red: RunID) async throws {
        teller.heading("what is left")
        teller.say("understudy keep \(red) --for 1s     gives back the snapshot that the red run kept")
        guard
            try await stage.run(["keep", red.value, "--for", "1s", "--url", url], line: { teller.say($0) })
                == .exited(0)
        else { throw DemoFault("the failed run's snapshot could not be given back") }
        try await teller.until(
            "copies stay behind; the scheduler's last words:\n\(stage.lastWords())",
            within: Self.cleanUpLimit
        ) {
            await stage.isProductionAlone
        }
        teller.say("volumes        \(DemoCluster.volume)")
        teller.say("tasks          1, production's own")
    }
}
