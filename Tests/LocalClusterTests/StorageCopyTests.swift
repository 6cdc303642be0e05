import Foundation
import Testing

@testable import LocalCluster

@Suite("Snapshots and clones of the local cluster")
struct StorageCopyTests {
    @Test("a snapshot has its parent's labels, spec and files, and is read-only")
    func snapshot() async throws {
        let fixture = try StorageFixture()
        try fixture.write("rows", to: "data", of: "production")
        let answer = await fixture.snapshot(fixture.id("production"), "s1", labels: #"{"run":"r1"}"#)
        #expect(answer.status == 200)
        try fixture.write("later", to: "data", of: "production")
        let volume = await fixture.inspect(answer.json["snapshot_id"]?.text ?? "")
        #expect(volume["source"]?["parent"]?.text == fixture.id("production"))
        #expect(volume["readonly"] == .bool(true))
        #expect(volume["locator"]?["volume_labels"] == .map(["app": "cassandra", "run": "r1"]))
        #expect(volume["spec"]?["sticky"] == .bool(true))
        #expect(volume["spec"]?["snapshot_interval"] == .integer(60))
        #expect(volume["spec"]?["cos"]?.text == "HIGH")
        #expect(volume["spec"]?["size"]?.text == "10737418240")
        #expect(fixture.read("data", of: "s1") == "rows")
    }

    @Test("a snapshot lies on the pools without no_snapshot, and its clone too")
    func placement() async throws {
        let fixture = try StorageFixture()
        await fixture.snapshot(fixture.id("production"), "s1")
        let clone = await fixture.clone(fixture.id("s1"), "c1")
        let volume = await fixture.inspect(clone.json["volume_id"]?.text ?? "")
        #expect(
            volume["replica_sets"]
                == .array([.object(["nodes": ["hdd"], "pool_uuids": ["00000002-0000-4000-8000-000000000001"]])])
        )
        #expect(volume["source"]?["parent"]?.text == fixture.id("s1"))
        #expect(volume["readonly"] == nil)
        let refused = await fixture.snapshot(fixture.id("fast-only"), "s2")
        #expect(refused.status == 500)
        #expect(refused.json["error"]?.text?.contains("no_snapshot") == true)
    }

    @Test("a clone can be written to, and its snapshot stays as it is")
    func clone() async throws {
        let fixture = try StorageFixture()
        try fixture.write("rows", to: "data", of: "simple")
        await fixture.snapshot(fixture.id("simple"), "s1")
        await fixture.clone(fixture.id("s1"), "c1")
        try fixture.write("ruined", to: "data", of: "c1")
        #expect(fixture.read("data", of: "s1") == "rows")
        #expect(fixture.read("data", of: "simple") == "rows")
    }

    @Test("an old SDK ignores a clone's labels, which then go by PUT", arguments: [SDKVersion.old, .recorded])
    func cloneLabels(version: SDKVersion) async throws {
        let fixture = try StorageFixture(sdkVersion: version)
        await fixture.clone(fixture.id("simple"), "c1", labels: #"{"run":"r1"}"#)
        let before = await fixture.inspect("c1")
        #expect(before["locator"]?["volume_labels"]?["run"]?.text == (version == .old ? nil : "r1"))
        let body = #"{"labels":{"run":"r2"},"spec":{"sticky":false,"snapshot_interval":0,"snapshot_schedule":""}}"#
        #expect(await fixture.call("PUT", "/v1/volumes/\(fixture.id("c1"))", body).status == 200)
        #expect(await fixture.inspect("c1")["locator"]?["volume_labels"]?["run"]?.text == "r2")
    }

    @Test("an inherited sticky and schedule are cleared by an update, and a label by an empty value")
    func clearing() async throws {
        let fixture = try StorageFixture()
        await fixture.clone(fixture.id("production"), "c1")
        let path = "/v1/volumes/\(fixture.id("c1"))"
        let refused = await fixture.call("DELETE", path)
        #expect(refused.status == 500)
        #expect(refused.json["code"] == .integer(13))
        await fixture.call("PUT", path, #"{"labels":{"app":""},"spec":{"sticky":false,"snapshot_interval":0}}"#)
        let volume = await fixture.inspect("c1")
        #expect(volume["spec"]?["sticky"] == nil)
        #expect(volume["spec"]?["snapshot_interval"] == nil)
        #expect(volume["locator"]?["volume_labels"] == nil)
        #expect(await fixture.call("DELETE", path).status == 200)
        #expect(fixture.cluster.directory(ofVolumeNamed: "c1") == nil)
    }

    @Test("a volume takes 64 snapshots, and each name once")
    func limits() async throws {
        let fixture = try StorageFixture()
        let id = fixture.id("simple")
        for number in 1...StorageCluster.snapshotsMax {
            #expect(await fixture.snapshot(id, "s\(number)").status == 200)
        }
        #expect(await fixture.snapshot(id, "s65").status == 500)
        let twice = await fixture.snapshot(fixture.id("production"), "s1")
        #expect(twice.status == 500)
        #expect(twice.json["error"]?.text?.hasSuffix("already exists") == true)
        #expect(await fixture.call("DELETE", "/v1/volumes/\(fixture.id("s1"))").status == 200)
        #expect(await fixture.snapshot(id, "s65").status == 200)
    }

    @Test("a deleted volume's files are gone, and deleting it again is fine")
    func deleting() async throws {
        let fixture = try StorageFixture()
        let directory = try #require(fixture.cluster.directory(ofVolumeNamed: "simple"))
        let path = "/v1/volumes/\(fixture.id("simple"))"
        #expect(await fixture.call("DELETE", path).status == 200)
        #expect(!FileManager.default.fileExists(atPath: directory))
        #expect(await fixture.call("DELETE", path).status == 200)
        #expect(await fixture.call("DELETE", "/v1/volumes/").status == 400)
        let missing = await fixture.call("GET", path.replacingOccurrences(of: "volumes", with: "volumes/inspect"))
        #expect(missing.status == 404)
        #expect(missing.json["code"] == .integer(5))
    }

    @Test("a copy that cannot be made leaves nothing, and the next one works")
    func failingCopy() async throws {
        let fixture = try StorageFixture()
        let directory = try #require(fixture.cluster.directory(ofVolumeNamed: "simple"))
        try FileManager.default.moveItem(atPath: directory, toPath: directory + ".away")
        let refused = await fixture.snapshot(fixture.id("simple"), "s1")
        #expect(refused.status == 500)
        #expect(fixture.cluster.directory(ofVolumeNamed: "s1") == nil)
        try FileManager.default.moveItem(atPath: directory + ".away", toPath: directory)
        #expect(await fixture.snapshot(fixture.id("simple"), "s1").status == 200)
        let left = try FileManager.default.contentsOfDirectory(atPath: fixture.directory + "/volumes")
        #expect(left.count == fixture.cluster.volumes().count)
    }

    @Test("usage is what the files occupy, also in the pools")
    func usage() async throws {
        let fixture = try StorageFixture()
        try fixture.write(String(repeating: "x", count: 100_000), to: "data", of: "simple")
        let bytes = try #require(fixture.cluster.volumes().first { $0.name == "simple" }).bytes
        #expect(bytes >= 100_000)
        #expect(await fixture.inspect("simple")["usage"] == .wide(bytes))
        let node = await fixture.call("GET", "/v1/nodes/inspect/1").json["node"]
        guard case .array(let pools)? = node?["pools"] else { throw CancellationError() }
        #expect(pools.map { $0["Used"] } == [nil, .wide(bytes)])
        #expect(pools.map { $0["Cos"]?.text } == ["HIGH", "LOW"])
    }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
}
