import Foundation
import Model
import Testing

@testable import Portworx

@Suite("Reading from the gateway")
struct ReadingTests {
    private let old = #"{"sdk_version":{"minor":58,"patch":9},"version":{"driver":"pxd","version":"2.1.0"}}"#

    @Test("the version is asked for once, and the major number that vanished is 0")
    func version() async throws {
        let gateway = ScriptedGateway([try .recorded("identity-version")])
        let client = gateway.client
        let version = try await client.version()
        #expect(version == .init(driver: "fake", version: "1.0.0-fake", sdk: [0, 186, 0]))
        #expect(try await client.version() == version)
        #expect(gateway.calls.count == 1)
    }

    @Test("a version that could not be read is asked for again")
    func versionAgain() async throws {
        let gateway = ScriptedGateway([
            .on("GET", "/v1/identities/version", 503, "busy"), try .recorded("identity-version"),
        ])
        let client = gateway.client
        #expect(await failure(client.version)?.code == .busy)
        #expect(try await client.version().sdk == [0, 186, 0])
    }

    @Test(
        "clones take labels from SDK 0.154 on",
        arguments: [
            ([0, 153, 99], false), ([0, 154, 0], true), ([0, 186, 0], true), ([1, 0, 0], true), ([0, 0, 0], false),
        ]
    )
    func labelsClones(sdk: [Int], expected: Bool) {
        #expect(PortworxClient.Version(driver: "", version: "", sdk: sdk).labelsClones == expected)
    }

    @Test("a node comes with its pools: 64-bit integers as text, the pool number 0 vanished")
    func nodes() async throws {
        let gateway = ScriptedGateway([try .recorded("identity-version"), try .recorded("nodes-filters")])
        #expect(try await gateway.client.nodes() == [Self.recordedNode])
    }

    static let recordedNode = StorageNode(
        id: NodeID("1"),
        status: "STATUS_OK",
        managementAddress: "127.0.0.1",
        dataAddress: "127.0.0.1",
        hostname: "vm",
        schedulerName: "node-1",
        pools: [
            StoragePool(
                id: PoolID("11111111-0000-0000-0000-000000000001"),
                index: 0,
                tier: .high,
                totalBytes: 1_099_511_627_776,
                usedBytes: 322_122_547_200,
                labels: ["iopriority": "HIGH", "medium": "STORAGE_MEDIUM_NVME"]
            ),
            StoragePool(
                id: PoolID("11111111-0000-0000-0000-000000000002"),
                index: 1,
                tier: .low,
                totalBytes: 4_398_046_511_104,
                usedBytes: 107_374_182_400,
                labels: ["iopriority": "LOW", "medium": "STORAGE_MEDIUM_MAGNETIC"]
            ),
        ]
    )

    @Test("what vanished from a pool or a node is zero, empty or none")
    func vanished() async throws {
        let answer = #"{"nodes":[{"id":"a","pools":[{}]},{"id":"b","status":"STATUS_OFFLINE"},{}]}"#
        let gateway = ScriptedGateway([try .recorded("identity-version"), .on("GET", "/v1/nodes/filters", 200, answer)])
        let nodes = try await gateway.client.nodes()
        #expect(
            nodes == [
                StorageNode(id: NodeID("a"), status: "STATUS_NONE", pools: [StoragePool(id: PoolID(""), tier: nil)]),
                StorageNode(id: NodeID("b"), status: "STATUS_OFFLINE"),
            ]
        )
        #expect(nodes.allSatisfy { !$0.healthy })
    }

    @Test("a pool whose number vanished is number 0, wherever it stands")
    func poolOrder() async throws {
        let answer = #"{"nodes":[{"id":"a","pools":[{"ID":2},{},{"ID":"1"}]}]}"#
        let gateway = ScriptedGateway([try .recorded("identity-version"), .on("GET", "/v1/nodes/filters", 200, answer)])
        #expect(try await gateway.client.nodes().first?.pools.map(\.index) == [2, 0, 1])
    }

    @Test("before SDK 0.59 nodes are listed by id and read one by one; one that is gone meanwhile is left out")
    func oldNodes() async throws {
        let missing = try RecordedCall.named("nodes-inspect-missing")
        let gateway = ScriptedGateway([
            .on("GET", "/v1/identities/version", 200, old), .on("GET", "/v1/nodes", 200, #"{"node_ids":["1","nope"]}"#),
            try .recorded("nodes-inspect"), .on(missing.method, missing.target, missing.status, missing.answer),
        ])
        #expect(try await gateway.client.nodes() == [Self.recordedNode])
        #expect(gateway.isDone)
    }

    @Test(
        "a node that we may not read, or not now, is an error: nodes must not seem to vanish",
        arguments: [401, 403, 429, 503]
    )
    func oldNodesDenied(status: Int) async throws {
        let gateway = ScriptedGateway([
            .on("GET", "/v1/identities/version", 200, old), try .recorded("nodes-enumerate"),
            .on("GET", "/v1/nodes/inspect/1", status, "no"),
        ])
        let client = gateway.client
        #expect(await failure(client.nodes) != nil)
    }

    @Test("a replica's node may be an address, and is resolved once the nodes are known")
    func replicas() async throws {
        let nodes =
            #"{"nodes":[{"id":"n1","mgmt_ip":"10.0.0.1","data_ip":"10.1.0.1"},{"id":"n2","mgmt_ip":"10.0.0.2"}]}"#
        let sets =
            #","replica_sets":[{"nodes":["10.1.0.1","n2"],"pool_uuids":["p1"]},{"nodes":["10.0.0.9"],"pool_uuids":[""]}]"#
        let wire = volume("7", named: "v", rest: sets)
        let gateway = ScriptedGateway([
            .inspect("7", wire), try .recorded("identity-version"), .on("GET", "/v1/nodes/filters", 200, nodes),
            .inspect("7", wire),
        ])
        let client = gateway.client
        #expect(try await client.inspect(VolumeID("7"))?.replicas.map(\.node.value) == ["10.1.0.1", "n2", "10.0.0.9"])
        _ = try await client.nodes()
        #expect(
            try await client.inspect(VolumeID("7"))?.replicas == [
                .init(node: NodeID("n1"), pool: PoolID("p1")), .init(node: NodeID("n2"), pool: nil),
                .init(node: NodeID("10.0.0.9"), pool: nil),
            ]
        )
    }
}
