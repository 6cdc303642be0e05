import Foundation
import Logging
import Synchronization

@testable import LocalCluster

/// A local cluster's storage in a directory of its own, and the calls that the tests make.
final class StorageFixture: Sendable {
    let cluster: StorageCluster
    let directory: String

    /// Two tiers on `ssd`, one each on `hdd` and `labelled`; production lies on the fast pool and on the cheap one.
    static func plan(in directory: String) -> LocalClusterPlan {
        func agent(_ name: String, _ pools: [LocalClusterPlan.Pool]?) -> LocalClusterPlan.Agent {
            .init(
                hostname: name,
                cpus: 1,
                memoryMB: 1024,
                diskMB: 1024,
                ports: 1...2,
                storage: pools.map { .init(id: name, pools: $0) }
            )
        }
        let labelled = ["no_snapshot": "true"]
        return LocalClusterPlan(
            agents: [
                agent("1", [.init(cos: "HIGH", totalBytes: 1 << 40), .init(cos: "LOW", totalBytes: 1 << 42)]),
                agent("hdd", [.init(cos: "LOW", totalBytes: 1 << 42)]),
                agent("labelled", [.init(cos: "HIGH", totalBytes: 1 << 40, labels: labelled)]),
                agent("plain", nil),
            ],
            volumes: [
                .init(
                    name: "production",
                    sizeBytes: 10 << 30,
                    cos: "HIGH",
                    replicas: [("labelled", 0), ("hdd", 0)],
                    labels: ["app": "cassandra", "pvc": "x"],
                    sticky: true,
                    snapshotIntervalMinutes: 60
                ),
                .init(name: "fast-only", sizeBytes: 1 << 30, cos: "HIGH", replicas: [("labelled", 0)]),
                .init(name: "simple", sizeBytes: 1 << 30, cos: "LOW", replicas: [("1", 1)]),
            ],
            images: [:],
            directory: directory
        )
    }

    init(sdkVersion: SDKVersion = .old, withVolumes: Bool = true) throws {
        directory = FileManager.default.temporaryDirectory.path + "/storage-" + UUID().uuidString
        var plan = Self.plan(in: directory)
        if !withVolumes { plan.volumes = [] }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        cluster = try StorageCluster(plan: plan, sdkVersion: sdkVersion, logger: logger)
    }

    deinit {
        // What stays behind lies in the system's directory for such things.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// One call, without the network.
    @discardableResult
    func call(
        _ method: String,
        _ target: String,
        _ body: String = ""
    ) async -> (status: Int, json: JSONValue, text: String) {
        let parts = target.split(separator: "?", maxSplits: 1)
        var query: [String: String] = [:]
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(words[0])] = words.count > 1 ? String(words[1]) : ""
        }
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
        switch await cluster.answer(.init(method: method, path: path, query: query, body: Array(body.utf8))) {
        case .json(let status, let json): return (status, json, "")
        case .text(let status, let text): return (status, .null, text)
        }
    }

    /// The volume as inspected.
    func inspect(_ idOrName: String) async -> JSONValue {
        await call("GET", "/v1/volumes/inspect/\(idOrName)").json["volume"] ?? .null
    }

    @discardableResult
    func snapshot(
        _ parent: String,
        _ name: String,
        labels: String = "{}"
    ) async -> (status: Int, json: JSONValue, text: String) {
        await call(
            "POST",
            "/v1/volumes/snapshots",
            #"{"volume_id":"\#(parent)","name":"\#(name)","labels":\#(labels)}"#
        )
    }

    @discardableResult
    func clone(
        _ parent: String,
        _ name: String,
        labels: String = "{}"
    ) async -> (status: Int, json: JSONValue, text: String) {
        let body = #"{"parent_id":"\#(parent)","name":"\#(name)","additional_labels":\#(labels)}"#
        return await call("POST", "/v1/volumes/clone", body)
    }

    func id(_ name: String) -> String { cluster.volume(named: name)?.id ?? "" }

    func write(_ text: String, to file: String, of volume: String) throws {
        let path = (cluster.directory(ofVolumeNamed: volume) ?? "") + "/" + file
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    func read(_ file: String, of volume: String) -> String? {
        let path = (cluster.directory(ofVolumeNamed: volume) ?? "") + "/" + file
        return FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
