import Testing

@testable import LocalCluster

@Suite("Faults of the local storage at the wire", .timeLimit(.minutes(6)))
struct FaultStorageTests {
    private func play(_ body: (StorageFixture) async throws -> Void) async throws {
        let fixture = try StorageFixture()
        try await fixture.cluster.start()
        do {
            try await body(fixture)
        } catch {
            await fixture.cluster.stop()
            throw error
        }
        await fixture.cluster.stop()
    }

    private func send(
        _ fixture: StorageFixture,
        _ method: String,
        _ path: String,
        _ body: String = ""
    ) async throws -> (status: Int, json: JSONValue) {
        let answer = try await TestRequest.send(fixture.cluster.url, method, path, body)
        return (answer.status, try JSONValue.parse(Array(answer.text.utf8)))
    }

    private func snapshotBody(_ fixture: StorageFixture, _ name: String) -> String {
        #"{"volume_id":"\#(fixture.id("simple"))","name":"\#(name)"}"#
    }

    @Test("an answer is lost after its effect: the connection ends without a byte, and the snapshot is there")
    func answerLost() async throws {
        try await play { fixture in
            let filter = Fault.Filter(server: .portworx, route: "POST volumes/snapshots", volume: "simple")
            try fixture.cluster.faults.put(Fault(.answerLost, on: filter, count: 1), named: "lost")
            let fault = await #expect(throws: TestConnection.Fault.self) {
                try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s1"))
            }
            #expect(fault?.description == "closed")
            #expect(fixture.cluster.volume(named: "s1") != nil)
            let second = try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s2"))
            #expect(second.status == 200)
        }
    }

    @Test("an error has the gateway's form and no effect", arguments: [(429, 8), (500, 13), (503, 14)])
    func error(status: Int, code: Int64) async throws {
        try await play { fixture in
            try fixture.cluster.faults.put(Fault(.error(status: status), on: .init(route: "POST*")), named: "no")
            let answer = try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s1"))
            #expect(answer.status == status)
            #expect(answer.json["code"] == .integer(code))
            #expect(answer.json["error"]?.text == "a fault of the stand-in, put on purpose")
            #expect(fixture.cluster.volume(named: "s1") == nil)
        }
    }

    @Test("a delayed call has its effect later")
    func delay() async throws {
        try await play { fixture in
            try fixture.cluster.faults.put(Fault(.delay(seconds: 0.3)), named: "slow")
            let before = monotonicSeconds()
            #expect(try await send(fixture, "GET", "/v1/volumes").status == 200)
            #expect(monotonicSeconds() - before >= 0.29)
        }
    }

    @Test("a failed snapshot has an id, and is not there or is not up")
    func failedSnapshot() async throws {
        try await play { fixture in
            try fixture.cluster.faults.put(Fault(.failedSnapshot(.missing), count: 1), named: "a")
            let missing = try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s1"))
            let id = try #require(missing.json["snapshot_id"]?.text)
            #expect(try await send(fixture, "GET", "/v1/volumes/inspect/\(id)").status == 404)
            try fixture.cluster.faults.put(Fault(.failedSnapshot(.inError), count: 1), named: "a")
            let failed = try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s1"))
            let second = try #require(failed.json["snapshot_id"]?.text)
            let volume = try await send(fixture, "GET", "/v1/volumes/inspect/\(second)").json["volume"]
            #expect(volume?["status"]?.text == "VOLUME_STATUS_DOWN")
            #expect(volume?["error"]?.text?.contains("not online") == true)
            let good = try await send(fixture, "POST", "/v1/volumes/snapshots", snapshotBody(fixture, "s2"))
            #expect(await fixture.inspect(good.json["snapshot_id"]?.text ?? "")["error"] == nil)
        }
    }

    @Test("a stale listing shows neither what was made since nor that something is deleted; an inspection does")
    func staleListing() async throws {
        try await play { fixture in
            let deleted = fixture.id("fast-only")
            try fixture.cluster.faults.put(Fault(.staleListing(seconds: 60)), named: "stale")
            await fixture.snapshot(fixture.id("simple"), "new")
            let made = fixture.id("new")
            #expect(try await send(fixture, "DELETE", "/v1/volumes/\(deleted)").status == 200)
            let stale = try await send(fixture, "GET", "/v1/volumes").json["volume_ids"]
            #expect(
                stale
                    == .strings(
                        ["production", "fast-only", "simple"].map { $0 == "fast-only" ? deleted : fixture.id($0) }
                    )
            )
            let named = try await send(fixture, "POST", "/v1/volumes/inspectwithfilters", #"{"name":"new"}"#)
            #expect(named.json["volumes"] == nil)
            #expect(try await send(fixture, "GET", "/v1/volumes/inspect/\(made)").status == 200)
            fixture.cluster.faults.removeAll()
            let now = try await send(fixture, "GET", "/v1/volumes").json["volume_ids"]
            #expect(now == .strings(["production", "simple", "new"].map(fixture.id)))
        }
    }

    @Test("a stale listing catches up in its time")
    func catchingUp() async throws {
        try await play { fixture in
            try fixture.cluster.faults.put(Fault(.staleListing(seconds: 1)), named: "stale")
            await fixture.snapshot(fixture.id("simple"), "new")
            let before = monotonicSeconds()
            var isListed = false
            while !isListed, monotonicSeconds() < before + 10 {
                let listed = try await send(fixture, "POST", "/v1/volumes/inspectwithfilters", #"{"name":"new"}"#)
                isListed = listed.json["volumes"] != nil
            }
            #expect(isListed)
            #expect(monotonicSeconds() - before >= 0.3, "the snapshot's own answer may take a while under load")
        }
    }

    @Test("a volume stays attached after its last container, cannot be deleted, and is free in the end")
    func staysAttached() async throws {
        try await play { fixture in
            try fixture.cluster.faults.put(Fault(.staysAttached(seconds: 10), count: 1), named: "stuck")
            let id = fixture.id("simple")
            _ = try await fixture.cluster.mount(name: "simple", node: "1", container: "c")
            await fixture.cluster.unmount(name: "simple", container: "c")
            let stuck = try await send(fixture, "GET", "/v1/volumes/inspect/\(id)").json["volume"]
            #expect(stuck?["attached_on"]?.text == "1")
            #expect(try await send(fixture, "DELETE", "/v1/volumes/\(id)").status == 500)
            let deadline = monotonicSeconds() + 30
            var isFree = false
            while !isFree, monotonicSeconds() < deadline {
                isFree = try await send(fixture, "DELETE", "/v1/volumes/\(id)").status == 200
            }
            #expect(isFree)
        }
    }
}
