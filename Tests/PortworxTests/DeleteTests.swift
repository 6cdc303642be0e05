import Foundation
import Model
import Testing

@testable import Portworx

@Suite("Deleting copies")
struct DeleteTests {
    /// A proven copy of this id.
    static func copy(_ id: String) throws -> CopyVolumeID {
        let made = Volume(id: VolumeID(id), name: "c", parent: VolumeID("1"))
        return try #require(CopyVolumeID(made, createdAs: CopyName("c"), from: VolumeID("1"), sources: [VolumeID("1")]))
    }

    private func delete(_ id: String, _ status: Int, _ body: String) async throws -> Outcome<Void> {
        let gateway = ScriptedGateway([.on("DELETE", "/v1/volumes/\(id)", status, body)])
        let outcome = await gateway.client.delete(try Self.copy(id))
        #expect(gateway.isDone && gateway.calls.allSatisfy { $0.body == nil && $0.isSlow })
        return outcome
    }

    @Test(
        "a deleted copy is gone, and so is one that was gone or never there",
        arguments: ["volume-delete", "volume-delete-again", "volume-delete-missing", "bob-delete-missing"]
    )
    func gone(recorded: String) async throws {
        let call = try RecordedCall.named(recorded)
        let id = String(call.target.dropFirst("/v1/volumes/".count))
        #expect(try await delete(id, call.status, call.answer).value != nil)
    }

    @Test("should a gateway say that there is no such volume, it is gone; a path that is not there says nothing")
    func notFound() async throws {
        #expect(try await delete("7", 404, #"{"error":"no","code":5,"message":"Volume id 7 not found"}"#).value != nil)
        #expect(try await delete("7", 404, "Not Found\n").refusal?.code == "portworx.not_found")
    }

    @Test(
        "an attached volume is refused, for now",
        arguments: [
            (500, 13, "Failed to delete volume ID: Volume is attached"),
            (500, 13, "Failed to delete volume 7: volume is mounted on node n1"),
            (409, 6, "Volume is attached on another node"),
        ]
    )
    func attached(status: Int, code: Int, words: String) async throws {
        let fault = try await delete("7", status, "{\"code\":\(code),\"message\":\"\(words)\"}").refusal
        #expect(fault?.code == "portworx.volume_attached")
        #expect(fault?.transient == true)
        #expect(fault?.message.contains(words) == true)
    }

    @Test("a delete that is denied, put off or without an answer has not happened, or is in doubt")
    func others() async throws {
        let denied = try RecordedCall.named("bob-delete-shared-denied")
        #expect(try await delete("7", denied.status, denied.answer).refusal?.code == "portworx.denied")
        #expect(try await delete("7", 503, "").refusal?.transient == true)
        #expect(try await delete("7", 504, "").doubt?.code == "portworx.outcome_unknown")
        #expect(try await delete("7", 408, "").doubt != nil)
    }

    private static let stays = ScriptedGateway.Step.on(
        "DELETE",
        "/v1/volumes/7",
        500,
        #"{"code":13,"message":"Volume is not to be deleted"}"#
    )

    @Test("a copy that stays because it has inherited stickiness is let go, and deleted then")
    func inherited() async throws {
        let sticky = volume("7", named: "c", spec: #","sticky":true"#)
        let gateway = ScriptedGateway([
            Self.stays, .inspect("7", sticky), .on("PUT", "/v1/volumes/7"), .on("DELETE", "/v1/volumes/7"),
        ])
        #expect(await gateway.client.delete(try Self.copy("7")).value != nil)
        #expect(gateway.isDone)
        let spec = ["sticky": false, "snapshot_interval": 0, "snapshot_schedule": ""] as NSDictionary
        #expect(try gateway.body(2) == ["spec": spec])
    }

    @Test("a copy that stays for another reason is left as it is")
    func stays() async throws {
        let gateway = ScriptedGateway([Self.stays, .inspect("7", volume("7", named: "c"))])
        #expect(await gateway.client.delete(try Self.copy("7")).refusal?.code == "portworx.refused")
        #expect(gateway.isDone)
    }

    @Test("a copy whose id could leave its place in the path is not deleted", arguments: ["a/../1", "..", "1?x", ""])
    func ids(id: String) async throws {
        let gateway = ScriptedGateway([])
        #expect(await gateway.client.delete(try Self.copy(id)).refusal?.code == "portworx.bad_answer")
        #expect(gateway.calls.isEmpty)
    }
}
