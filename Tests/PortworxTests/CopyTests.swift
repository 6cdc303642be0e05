import Foundation
import Model
import Testing

@testable import Portworx

/// The calls as they were recorded, with a look in front and a read behind.
@Suite("Making copies")
struct CopyTests {
    private let production = VolumeID(Recorded.production)
    private let snapshotName = CopyName("cass-snap-1")
    private let cloneName = CopyName("cass-test-1")

    @Test("a snapshot: look by name, ask by id, read back")
    func snapshot() async throws {
        let gateway = ScriptedGateway([.search(), try .recorded("snapshot-create"), try .recorded("snapshot-inspect")])
        let outcome = await gateway.client.snapshot(of: production, name: snapshotName, labels: Recorded.snapshotLabels)
        let volume = try #require(outcome.value)
        #expect(volume.id == VolumeID(Recorded.snapshot))
        #expect(volume.parent == production)
        #expect(volume.labels == Recorded.snapshotLabels)
        #expect(try gateway.body(0) == ["name": "cass-snap-1"])
        #expect(try gateway.body(1) == json(RecordedCall.named("snapshot-create").body))
        #expect(gateway.calls.map(\.isSlow) == [false, true, false])
        #expect(gateway.isDone)
    }

    @Test("a clone takes our labels with it where the SDK can")
    func clone() async throws {
        let gateway = ScriptedGateway([
            try .recorded("identity-version"), .search(), try .recorded("clone-from-snapshot"),
            try .recorded("clone-inspect"),
        ])
        let parent = VolumeID(Recorded.snapshot)
        let outcome = await gateway.client.clone(of: parent, name: cloneName, labels: Recorded.cloneLabels)
        #expect(outcome.value?.id == VolumeID(Recorded.clone))
        #expect(outcome.value?.parent == parent)
        #expect(try gateway.body(2) == json(RecordedCall.named("clone-from-snapshot").body))
        #expect(gateway.isDone)
    }

    @Test("an older SDK gets the labels afterwards, by PUT on the clone")
    func cloneOfOldSDK() async throws {
        let gateway = ScriptedGateway([
            .on("GET", "/v1/identities/version", 200, #"{"sdk_version":{"minor":153}}"#), .search(),
            .on("POST", "/v1/volumes/clone", 200, #"{"volume_id":"7"}"#),
            .inspect("7", volume("7", named: "c", labels: ["app": "cassandra"])), .on("PUT", "/v1/volumes/7"),
            .inspect("7", volume("7", named: "c", labels: ["app": "cassandra", "k": "v"])),
        ])
        let outcome = await gateway.client.clone(of: production, name: CopyName("c"), labels: ["k": "v"])
        #expect(outcome.value?.labels == ["app": "cassandra", "k": "v"])
        #expect(try gateway.body(2) == ["name": "c", "parent_id": Recorded.production])
        #expect(try gateway.body(4) == ["labels": ["k": "v"]])
        #expect(gateway.isDone)
    }

    @Test("an id does not mean success: status and error are passed on as they are")
    func failedSnapshot() async throws {
        let error = "All nodes which store the volume data are not online"
        for (status, rest) in [
            ("VOLUME_STATUS_DOWN", ""), ("VOLUME_STATUS_UP", ",\"error\":\"\(error)\""),
            ("VOLUME_STATUS_NOT_PRESENT", ",\"error\":\"\(error)\""),
        ] {
            let gateway = ScriptedGateway([
                .search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snapshot_id":"7"}"#),
                .inspect("7", volume("7", named: "s", status: status, rest: rest)),
            ])
            let made = await gateway.client.snapshot(of: production, name: CopyName("s"), labels: [:]).value
            #expect(made?.up == (status == "VOLUME_STATUS_UP"))
            #expect(made?.status == status)
            #expect(made?.error == (rest.isEmpty ? nil : error))
        }
    }

    @Test("what a clone inherits is cleared on the clone, and read back")
    func inherited() async throws {
        let spec = #","sticky":true,"snapshot_interval":60,"snapshot_schedule":"policy=nightly""#
        let gateway = ScriptedGateway([
            try .recorded("identity-version"), .search(), .on("POST", "/v1/volumes/clone", 200, #"{"volume_id":"7"}"#),
            .inspect("7", volume("7", named: "c", spec: spec)), .on("PUT", "/v1/volumes/7"),
            .on("POST", "/v1/volumes/snapshot/schedules/7"), .inspect("7", volume("7", named: "c")),
        ])
        let made = await gateway.client.clone(of: production, name: CopyName("c"), labels: [:]).value
        #expect(
            made.map { [$0.sticky, $0.snapshotIntervalMinutes != 0, !$0.snapshotSchedule.isEmpty] } == [
                false, false, false,
            ]
        )
        #expect(
            try gateway.body(4) == [
                "spec": ["sticky": false, "snapshot_interval": 0, "snapshot_schedule": ""] as NSDictionary
            ]
        )
        #expect(try gateway.body(5) == json(RecordedCall.named("snapshot-schedule-clear").body))
        #expect(gateway.isDone)
    }

    @Test("a setting that stays in spite of being cleared is passed on as it is")
    func stillSticky() async throws {
        let sticky = volume("7", named: "c", spec: #","sticky":true"#)
        let gateway = ScriptedGateway([
            .search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snapshot_id":"7"}"#), .inspect("7", sticky),
            .on("PUT", "/v1/volumes/7"), .inspect("7", sticky),
        ])
        #expect(await gateway.client.snapshot(of: production, name: CopyName("c"), labels: [:]).value?.sticky == true)
        #expect(gateway.isDone)
    }

    @Test("a copy that is there already is finished, not made again")
    func alreadyThere() async throws {
        let found = volume("7", named: "c", spec: #","sticky":true"#)
        let done = volume("7", named: "c", labels: ["k": "v"])
        let gateway = ScriptedGateway([
            try .recorded("identity-version"), .search(found), .on("PUT", "/v1/volumes/7"), .inspect("7", done),
        ])
        let outcome = await gateway.client.clone(of: production, name: CopyName("c"), labels: ["k": "v"])
        #expect(outcome.value?.labels == ["k": "v"])
        #expect(gateway.isDone)
        let finished = ScriptedGateway([try .recorded("identity-version"), .search(done)])
        #expect(await finished.client.clone(of: production, name: CopyName("c"), labels: ["k": "v"]).value != nil)
    }

    @Test("a name that another parent's copy has is refused, and that copy left alone")
    func taken() async throws {
        let gateway = ScriptedGateway([
            try .recorded("identity-version"), .search(volume("7", named: "c", of: "99", spec: #","sticky":true"#)),
        ])
        let fault = await gateway.client.clone(of: production, name: CopyName("c"), labels: ["k": "v"]).refusal
        #expect(fault?.code == "portworx.name_taken")
        #expect(fault?.transient == false)
        #expect(gateway.isDone)
    }

    @Test("adopting finishes a copy of the right parent, shows another's as it is, and makes nothing")
    func adopt() async throws {
        let client = ScriptedGateway([
            .search(), .search(volume("7", named: "c", of: "99")), .search(volume("7", named: "c")),
            .on("PUT", "/v1/volumes/7"), .inspect("7", volume("7", named: "c", labels: ["k": "v"])),
        ]).client
        #expect(try await client.adopt(CopyName("c"), of: production, labels: ["k": "v"]) == nil)
        #expect(try await client.adopt(CopyName("c"), of: production, labels: ["k": "v"])?.parent == VolumeID("99"))
        #expect(try await client.adopt(CopyName("c"), of: production, labels: ["k": "v"])?.labels == ["k": "v"])
    }

    @Test("a found copy that cannot be finished is not refused: it is there")
    func unfinished() async throws {
        let gateway = ScriptedGateway([
            try .recorded("identity-version"), .search(volume("7", named: "c")),
            .on("PUT", "/v1/volumes/7", 403, #"{"code":7,"message":"Cannot update volume"}"#),
        ])
        let outcome = await gateway.client.clone(of: production, name: CopyName("c"), labels: ["k": "v"])
        #expect(outcome.doubt?.code == "portworx.denied")
    }

    @Test("a made copy that cannot be read back or finished is in doubt")
    func unread() async throws {
        let ask = ScriptedGateway.Step.on("POST", "/v1/volumes/snapshots", 200, #"{"snapshot_id":"7"}"#)
        let ends: [[ScriptedGateway.Step]] = [
            [.on("GET", "/v1/volumes/inspect/7", 404, #"{"code":5}"#)], [.on("GET", "/v1/volumes/inspect/7", 500, "")],
            [.inspect("7", volume("8", named: "c"))],
            [.inspect("7", volume("7", named: "c")), .on("PUT", "/v1/volumes/7", 500, #"{"code":13,"message":"?"}"#)],
            [
                .inspect("7", volume("7", named: "c")), .on("PUT", "/v1/volumes/7"),
                .on("GET", "/v1/volumes/inspect/7", 404, #"{"code":5}"#),
            ],
        ]
        for end in ends {
            let gateway = ScriptedGateway([.search(), ask] + end)
            let outcome = await gateway.client.snapshot(of: production, name: CopyName("c"), labels: ["k": "v"])
            #expect(outcome.doubt != nil, "\(gateway.names)")
            #expect(gateway.isDone)
        }
    }

    @Test("an answer without an id, or that cannot be read, leaves the copy in doubt: it was a yes")
    func unreadableYes() async throws {
        let asked = ScriptedGateway([.search(), .on("POST", "/v1/volumes/snapshots")])
        #expect(await asked.client.snapshot(of: production, name: CopyName("c"), labels: [:]).doubt != nil)
        let garbled = ScriptedGateway([.search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snap"#), .search()])
        #expect(await garbled.client.snapshot(of: production, name: CopyName("c"), labels: [:]).doubt != nil)
        let found = ScriptedGateway([
            .search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snap"#), .search(volume("7", named: "c")),
        ])
        #expect(await found.client.snapshot(of: production, name: CopyName("c"), labels: [:]).value != nil)
    }

    @Test("a clone before which the version cannot be read is refused: nothing was asked for")
    func blindClone() async throws {
        for body in ["{", "late"] {
            let probe = ScriptedGateway.Step.on("GET", "/v1/identities/version", body == "{" ? 200 : 504, body)
            let outcome = await ScriptedGateway([probe]).client.clone(of: production, name: CopyName("c"), labels: [:])
            #expect(outcome.refusal != nil)
        }
    }

    @Test("a look that fails before anything was asked for refuses, whatever it failed with")
    func blindLook() async throws {
        let late = PortworxError(.outcomeUnknown, "late", transient: true)
        let gateway = ScriptedGateway([.on("POST", "/v1/volumes/inspectwithfilters", fails: late)])
        let fault = await gateway.client.snapshot(of: production, name: CopyName("c"), labels: [:]).refusal
        #expect(fault?.transient == true)
        #expect(gateway.calls.count == 1)
    }
}
