import Model
import Testing

@testable import Portworx

/// What an error of the gateway means, by its status, gRPC code and words.
@Suite("How a call that was answered no ends")
struct OutcomeTests {
    /// What a call that makes something does after an answer.
    enum After: Sendable { case refused, looks, unknown }

    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let code: String
        let transient: Bool
        let after: After

        init(_ status: Int, _ grpc: Int?, _ words: String, _ code: String, transient: Bool, _ after: After) {
            self.status = status
            body = grpc.map { "{\"error\":\"\(words)\",\"code\":\($0),\"message\":\"\(words)\"}" } ?? words
            self.code = "portworx.\(code)"
            self.transient = transient
            self.after = after
        }

        init(_ recorded: String, _ code: String, transient: Bool, _ after: After) throws {
            let call = try RecordedCall.named(recorded)
            status = call.status
            body = call.answer
            self.code = "portworx.\(code)"
            self.transient = transient
            self.after = after
        }

        var testDescription: String { "\(status) \(body)" }
    }

    static let made: [Row] = [
        Row(400, 3, "must supply a name", "refused", transient: false, .looks),
        Row(404, 5, "Volume id nope not found", "not_found", transient: false, .refused),
        Row(404, nil, "Not Found", "not_found", transient: false, .refused),
        Row(405, nil, "Method Not Allowed", "refused", transient: false, .looks),
        Row(408, 1, "canceled", "outcome_unknown", transient: true, .unknown),
        Row(409, 6, "already exists", "name_taken", transient: false, .looks),
        Row(409, 6, "Volume is attached on another node", "volume_attached", transient: true, .looks),
        Row(409, 10, "Aborted", "refused", transient: true, .looks),
        Row(429, 8, "too many", "busy", transient: true, .looks),
        Row(500, 13, "no such pool", "refused", transient: true, .looks),
        Row(500, 2, "no", "refused", transient: true, .looks),
        Row(500, nil, "", "refused", transient: true, .looks),
        Row(500, 13, "Failed to create snapshot: limit reached", "too_many_snapshots", transient: true, .looks),
        Row(500, 13, "Volume has 64 snapshots", "too_many_snapshots", transient: true, .looks),
        Row(500, 13, "snapshot of 1126438893086415 failed", "refused", transient: true, .looks),
        Row(502, nil, "<html>Bad Gateway</html>", "outcome_unknown", transient: true, .unknown),
        Row(503, 14, "transport is closing", "busy", transient: true, .looks),
        Row(504, 4, "context deadline exceeded", "outcome_unknown", transient: true, .unknown),
        Row(504, nil, "Gateway Time-out", "outcome_unknown", transient: true, .unknown),
    ]

    static let recorded: [Result<Row, any Error>] = [
        Result { try Row("emptybearer-volumes", "denied", transient: false, .refused) },
        Result { try Row("garbage-token-volumes", "denied", transient: false, .refused) },
        Result { try Row("badissuer-volumes", "denied", transient: false, .refused) },
        Result { try Row("badsignature-volumes", "denied", transient: false, .refused) },
        Result { try Row("expired-volumes", "denied", transient: false, .refused) },
        Result { try Row("notoken-volume-create-guest-disabled", "denied", transient: false, .refused) },
        Result { try Row("bob-snapshot-denied", "denied", transient: false, .refused) },
        Result { try Row("snapshot-create-missing-parent", "not_found", transient: false, .refused) },
        Result { try Row("snapshot-create-no-name", "refused", transient: false, .looks) },
        Result { try Row("error-unknown-path", "not_found", transient: false, .refused) },
        Result { try Row("snapshot-create-wrong-path-404", "refused", transient: false, .looks) },
        Result { try Row("clone-same-name-other-parent", "name_taken", transient: false, .looks) },
        Result { try Row("snapshot-schedule-set-missing-policy", "refused", transient: true, .looks) },
        Result { try Row("storagepolicy-violation", "refused", transient: true, .looks) },
        Result { try Row("volume-create-zero-size", "refused", transient: true, .looks) },
        Result { try Row("volume-create-same-name-while-attached", "outcome_unknown", transient: true, .unknown) },
    ]

    private func snapshot(_ gateway: ScriptedGateway) async -> Outcome<Volume> {
        await gateway.client.snapshot(of: VolumeID(Recorded.production), name: CopyName("s"), labels: [:])
    }

    @Test(
        "a no to making something: refused, refused after a look, or unknown",
        arguments: made.map { .success($0) } + recorded
    )
    func rows(row: Result<Row, any Error>) async throws {
        let row = try row.get()
        let ask = ScriptedGateway.Step.on("POST", "/v1/volumes/snapshots", row.status, row.body)
        let gateway = ScriptedGateway([.search(), ask] + (row.after == .looks ? [.search()] : []))
        let outcome = await snapshot(gateway)
        let fault = try #require(row.after == .unknown ? outcome.doubt : outcome.refusal)
        #expect(fault.code == row.code)
        #expect(fault.transient == row.transient)
        #expect(fault.message.contains("POST /v1/volumes/snapshots answers \(row.status)"))
        #expect(gateway.isDone)
    }

    @Test("a no whose volume is there all the same is a yes", arguments: made.filter { $0.after == .looks })
    func foundAllTheSame(row: Row) async {
        let ask = ScriptedGateway.Step.on("POST", "/v1/volumes/snapshots", row.status, row.body)
        let gateway = ScriptedGateway([.search(), ask, .search(volume("7", named: "s"))])
        #expect(await snapshot(gateway).value?.id == VolumeID("7"))
        let other = ScriptedGateway([.search(), ask, .search(volume("7", named: "s", of: "99"))])
        #expect(await snapshot(other).refusal?.code == "portworx.name_taken")
        let blind = ScriptedGateway([.search(), ask, .on("POST", "/v1/volumes/inspectwithfilters", 500, "")])
        #expect(await snapshot(blind).doubt?.code == row.code)
        let two = ScriptedGateway([.search(), ask, .search(volume("7", named: "s"), volume("8", named: "s"))])
        #expect(await snapshot(two).doubt != nil)
    }

    @Test("what was never sent is refused, what may have been is unknown")
    func transport() async {
        let unreachable = PortworxError(.unreachable, "nobody there", transient: true)
        let refused = ScriptedGateway([.search(), .on("POST", "/v1/volumes/snapshots", fails: unreachable)])
        #expect(await snapshot(refused).refusal == unreachable.fault)
        let late = PortworxError(.outcomeUnknown, "late", transient: true)
        let unknown = ScriptedGateway([.search(), .on("POST", "/v1/volumes/snapshots", fails: late)])
        #expect(await snapshot(unknown).doubt == late.fault)
    }

    @Test("an error keeps at most 4 KiB of an answer, whatever it is made of")
    func longText() async {
        let marks = "a" + String(repeating: "\u{301}", count: 100_000)
        for body in [String(repeating: "x", count: 100_000), marks, "{\"message\":\"\(marks)\"}"] {
            let client = ScriptedGateway([.on("GET", "/v1/identities/version", 500, body)]).client
            let message = await failure(client.version)?.message ?? ""
            #expect((4_000..<4_300).contains(message.utf8.count))
        }
        let number = "{\"sdk_version\":{\"major\":\(String(repeating: "9", count: 100_000))}}"
        let client = ScriptedGateway([.on("GET", "/v1/identities/version", 200, number)]).client
        #expect(await failure(client.version).map { $0.message.utf8.count < 5_000 } == true)
    }
}
