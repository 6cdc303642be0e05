import Foundation
import Testing

@testable import LocalCluster

@Suite("Mounting the local cluster's volumes")
struct StorageMountTests {
    @Test("a volume is attached to the node that mounts it until its last container is gone")
    func attaching() async throws {
        let fixture = try StorageFixture()
        let cluster = fixture.cluster
        let path = try await cluster.mount(name: "simple", node: "hdd", container: "a")
        #expect(path == cluster.directory(ofVolumeNamed: "simple"))
        #expect(try await cluster.mount(name: "simple", node: "hdd", container: "a") == path)
        #expect(try await cluster.mount(name: "simple", node: "hdd", container: "b") == path)
        let volume = await fixture.inspect("simple")
        #expect(volume["attached_on"]?.text == "hdd")
        #expect(volume["state"]?.text == "VOLUME_STATE_ATTACHED")
        await cluster.unmount(name: "simple", container: "a")
        await cluster.unmount(name: "simple", container: "a")
        #expect(await fixture.inspect("simple")["attached_on"]?.text == "hdd")
        await cluster.unmount(name: "simple", container: "b")
        let after = await fixture.inspect("simple")
        #expect(after["attached_on"] == nil)
        #expect(after["state"]?.text == "VOLUME_STATE_DETACHED")
    }

    @Test("what is attached is neither mounted elsewhere, nor deleted, nor detached")
    func attachedElsewhere() async throws {
        let fixture = try StorageFixture()
        _ = try await fixture.cluster.mount(name: "simple", node: "hdd", container: "a")
        let refusal = await #expect(throws: MountRefusal.self) {
            try await fixture.cluster.mount(name: "simple", node: "1", container: "b")
        }
        #expect(refusal?.description == "volume is attached on another node")
        let deleted = await fixture.call("DELETE", "/v1/volumes/\(fixture.id("simple"))")
        #expect(deleted.status == 500)
        #expect(deleted.json["code"] == .integer(13))
        #expect(deleted.json["error"]?.text == "Failed to delete volume \(fixture.id("simple")): Volume is attached")
        #expect(await fixture.call("POST", "/v1/mountattach/detach", #"{"volume_id":"simple"}"#).status == 500)
        let body = #"{"name":"simple","spec":{"size":"1073741824","ha_level":"1"}}"#
        #expect(await fixture.call("POST", "/v1/volumes", body).status == 504)
    }

    @Test("a host without Portworx, a bad name and a snapshot are refused")
    func refusals() async throws {
        let fixture = try StorageFixture()
        await fixture.snapshot(fixture.id("simple"), "s1")
        for (name, node) in [("simple", nil), ("simple", "nowhere"), ("../etc", "1"), ("", "1"), ("s1", "1")] {
            await #expect(throws: MountRefusal.self) {
                try await fixture.cluster.mount(name: name, node: node, container: "a")
            }
        }
        #expect(fixture.cluster.volumes().count == 4)
    }

    @Test("a missing name becomes an empty volume, as with Portworx")
    func missing() async throws {
        let fixture = try StorageFixture()
        let path = try await fixture.cluster.mount(name: "tpyo", node: "hdd", container: "a")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
        let volume = await fixture.inspect("tpyo")
        #expect(volume["spec"]?["size"] == .wide(1 << 30))
        #expect(
            volume["replica_sets"]
                == .array([.object(["nodes": ["hdd"], "pool_uuids": ["00000002-0000-4000-8000-000000000001"]])])
        )
    }

    @Test("a snapshot holds one instant of a volume that is being written", .timeLimit(.minutes(6)))
    func atomic() async throws {
        let fixture = try StorageFixture()
        let path = try await fixture.cluster.mount(name: "simple", node: "1", container: "a")
        // Many files between the two, so that copying one and copying the other are far apart.
        try fixture.write("", to: "first", of: "simple")
        for number in 0..<1_000 { try fixture.write("\(number)", to: "filler-\(number)", of: "simple") }
        try fixture.write("", to: "second", of: "simple")
        let writer = try GroupOfProcesses("cd \(path); while :; do echo x >> first; echo x >> second; done")
        defer { writer.kill() }
        await fixture.cluster.processGroupStarted(writer.group, volume: "simple", container: "a")
        try await writer.until { fixture.read("second", of: "simple")?.isEmpty == false }
        for number in 0..<3 {
            #expect(await fixture.snapshot(fixture.id("simple"), "s\(number)").status == 200)
            let first = try #require(fixture.read("first", of: "s\(number)")).utf8.count / 2
            let second = try #require(fixture.read("second", of: "s\(number)")).utf8.count / 2
            #expect(first == second || first == second + 1)
        }
        let before = fixture.read("second", of: "simple")
        try await writer.until { fixture.read("second", of: "simple") != before }
    }

    @Test("a writer goes on after a copy that failed", .timeLimit(.minutes(6)))
    func continues() async throws {
        let fixture = try StorageFixture()
        let path = try await fixture.cluster.mount(name: "simple", node: "1", container: "a")
        let beside = fixture.directory + "/beside"
        let writer = try GroupOfProcesses("n=0; while :; do n=$((n+1)); echo $n > \(beside); done")
        defer { writer.kill() }
        await fixture.cluster.processGroupStarted(writer.group, volume: "simple", container: "a")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        #expect(await fixture.snapshot(fixture.id("simple"), "s1").status == 500)
        let before = FileManager.default.contents(atPath: beside)
        try await writer.until { FileManager.default.contents(atPath: beside) != before }
    }

    @Test("our own process group is never stopped")
    func ourselves() {
        #expect(!StoppedGroups.mayStop(getpgrp()))
        #expect(!StoppedGroups.mayStop(0))
        #expect(!StoppedGroups.mayStop(-1))
    }
}

/// A shell in a process group of its own.
private struct GroupOfProcesses {
    let group: Int32

    init(_ script: String) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words: [String] = ["sh", "-c", script]
        let arguments = words.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/bin/sh", nil, &attributes, arguments + [nil], [nil]) == 0 else {
            throw CancellationError()
        }
        group = pid
    }

    /// Waits, yielding, for what the group is about to do.
    func until(_ condition: () -> Bool) async throws {
        while !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    func kill() {
        _ = killpg(group, SIGKILL)
        var status: Int32 = 0
        _ = waitpid(group, &status, 0)
    }
}
