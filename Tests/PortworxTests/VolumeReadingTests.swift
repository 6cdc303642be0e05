import Foundation
import Model
import Testing

@testable import Portworx

@Suite("Reading volumes from the gateway")
struct VolumeReadingTests {
    @Test("a volume is found by exactly its name")
    func byName() async throws {
        let recorded = try RecordedCall.named("volume-inspectwithfilters-name")
        let gateway = ScriptedGateway([try .recorded("volume-inspectwithfilters-name")])
        let volume = try #require(try await gateway.client.volume(named: "cass-prod-high"))
        #expect(try gateway.body(0) == json(recorded.body))
        #expect(volume.id == VolumeID(Recorded.production))
        #expect(volume.parent == nil)
        #expect(volume.labels == ["app": "cassandra", "env": "prod", "node": "node-0", "ring": "r1"])
        #expect(volume.up && volume.error == nil && volume.attachedOn == nil && !volume.readOnly)
        #expect(volume.sizeBytes == 10_737_418_240)
        #expect(volume.tier == .high)
        #expect(!volume.sticky && volume.snapshotSchedule.isEmpty && volume.snapshotIntervalMinutes == 0)
    }

    @Test("what a search lets through beside the name is dropped", arguments: ["app-2", "App", "a", "app\u{301}", ""])
    func notByName(other: String) async throws {
        let gateway = ScriptedGateway([.search(volume("1", named: other), volume("2", named: "app"))])
        #expect(try await gateway.client.volume(named: "app")?.id == VolumeID("2"))
        let none = ScriptedGateway([.search(volume("1", named: other))])
        #expect(try await none.client.volume(named: "app") == nil)
    }

    @Test("names that only look the same are two: they are compared byte by byte")
    func lookAlike() async throws {
        let gateway = ScriptedGateway([.search(volume("1", named: "app-\u{212A}"))])
        #expect(try await gateway.client.volume(named: "app-K") == nil)
    }

    @Test("nothing found is an empty object")
    func nothing() async throws {
        let nobody = try RecordedCall.named("volume-inspectwithfilters-nomatch").answer
        let gateway = ScriptedGateway([.on("POST", "/v1/volumes/inspectwithfilters", 200, nobody)])
        #expect(try await gateway.client.volume(named: "nobody") == nil)
    }

    @Test("two volumes of one name are an error that names both")
    func twoOfOneName() async throws {
        let gateway = ScriptedGateway([.search(volume("11", named: "app"), volume("12", named: "app"))])
        let client = gateway.client
        let error = await failure { () throws(PortworxError) in try await client.volume(named: "app") }
        #expect(error?.code == .badAnswer)
        #expect(error?.message.contains("11, 12") == true)
    }

    @Test("a missing volume is no error")
    func missing() async throws {
        let gateway = ScriptedGateway([try .recorded("volume-inspect-missing")])
        #expect(try await gateway.client.inspect(VolumeID("does-not-exist")) == nil)
    }

    @Test(
        "absence is what the gateway says, not what an odd answer leaves out",
        arguments: ["{}", #"{"volume":{}}"#, #"{"volume":{"id":""}}"#]
    )
    func unsaid(answer: String) async {
        let client = ScriptedGateway([.on("GET", "/v1/volumes/inspect/7", 200, answer)]).client
        #expect(
            await failure { () throws(PortworxError) in try await client.inspect(VolumeID("7")) }?.code == .badAnswer
        )
    }

    @Test("a 404 that is not the gateway's word on a volume is an error")
    func notFound() async {
        for answer in ["Not Found\n", "", #"{"code":3,"message":"?"}"#] {
            let client = ScriptedGateway([.on("GET", "/v1/volumes/inspect/7", 404, answer)]).client
            let error = await failure { () throws(PortworxError) in try await client.inspect(VolumeID("7")) }
            #expect(error?.code == .notFound, "\(answer)")
        }
    }

    @Test("an inspection that answers with another volume is an error: the gateway takes names in place of ids")
    func anotherID() async throws {
        let client = ScriptedGateway([try .recorded("volume-inspect-by-name")]).client
        let error = await failure { () throws(PortworxError) in try await client.inspect(VolumeID("cass-prod-high")) }
        #expect(error?.code == .badAnswer)
        #expect(error?.message.contains(Recorded.production) == true)
    }

    @Test("any sign of an attachment counts")
    func attached() async throws {
        let recorded = ScriptedGateway([
            try .recorded("alice-inspect-attached"), try .recorded("volume-inspect-after-mount"),
        ]).client
        #expect(try await recorded.inspect(VolumeID("1085c7c6-893e-48c7-bbd2-9c4aa93ed24e"))?.attachedOn == "1")
        let mounted = try await recorded.inspect(VolumeID(Recorded.clone))
        #expect(mounted?.attachedOn == "unknown node" && mounted?.attachPath == "/mnt/cass-test-1")
        for state in ["ATTACHED", "DETATCHING", "TRY_DETACHING"] {
            let wire = volume("7", named: "v", rest: ",\"state\":\"VOLUME_STATE_\(state)\"")
            let client = ScriptedGateway([.inspect("7", wire)]).client
            #expect(try await client.inspect(VolumeID("7"))?.attachedOn == "unknown node", "\(state)")
        }
        for state in ["AVAILABLE", "DETACHED"] {
            let wire = volume("7", named: "v", rest: ",\"state\":\"VOLUME_STATE_\(state)\"")
            let client = ScriptedGateway([.inspect("7", wire)]).client
            #expect(try await client.inspect(VolumeID("7"))?.attachedOn == nil, "\(state)")
        }
    }

    @Test("a schedule is read as it is written")
    func schedule() async throws {
        let client = ScriptedGateway([try .recorded("volume-inspect-with-schedule")]).client
        #expect(try await client.inspect(VolumeID(Recorded.production))?.snapshotSchedule == "policy=nightly")
    }

    @Test("volumes are listed by labels, which the client looks at again")
    func byLabels() async throws {
        let recorded = try RecordedCall.named("volume-inspectwithfilters-labels")
        let gateway = ScriptedGateway([
            try .recorded("volume-inspectwithfilters-labels"), try .recorded("volume-inspectwithfilters-labels"),
        ])
        let volumes = try await gateway.client.volumes(labelled: ["app": "cassandra", "ring": "r1"])
        #expect(try gateway.body(0) == json(recorded.body))
        #expect(volumes.map(\.name) == ["cass-prod-medium", "cass-prod-high", "cass-prod-low"])
        #expect(volumes.map(\.tier) == [.medium, .high, .low])
        #expect(try await gateway.client.volumes(labelled: ["app": "cassandra", "ring": "r2"]).isEmpty)
    }

    @Test(
        "an id that could leave its place in the path is not sent",
        arguments: [
            "", ".", "..", "a/b", "../nodes", "a?b", "a#b", "a%2fb", "a b", "a\r\nb", "ä", "a;b", "a\0b", "a:b", "*",
            String(repeating: "a", count: 129),
        ]
    )
    func ids(id: String) async {
        let gateway = ScriptedGateway([])
        let client = gateway.client
        let error = await failure { () throws(PortworxError) in try await client.inspect(VolumeID(id)) }
        #expect(error?.code == .badAnswer)
        #expect(gateway.calls.isEmpty)
    }

    @Test("ids of Portworx, of the recorded driver and with all plain characters are sent")
    func plainIDs() async throws {
        for id in ["1125771388930868153", Recorded.production, "A.b_C-9", "...", String(repeating: "a", count: 128)] {
            let client = ScriptedGateway([.inspect(id, volume(id, named: "v"))]).client
            #expect(try await client.inspect(VolumeID(id))?.id.value == id)
        }
    }
}
