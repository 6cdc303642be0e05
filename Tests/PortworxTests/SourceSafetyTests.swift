import Model
import SeededRandom
import Synchronization
import Testing

@testable import Portworx

/// A call that changes a volume takes a `CopyVolumeID`, which only a proof makes; what the client does on its own while
/// it makes a copy is shown here.
@Suite("No call changes a source")
struct SourceSafetyTests {
    /// A gateway of ill will: it answers each call with something of the right shape, drawn at random.
    private final class Trickster: GatewayTransport {
        private let state: Mutex<(random: SplitMix64, calls: [GatewayCall])>

        init(seed: UInt64) { state = Mutex((SplitMix64(seed: seed), [])) }

        var calls: [GatewayCall] { state.withLock { $0.calls } }

        func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer {
            state.withLock { state in
                state.calls.append(call)
                let body = Self.answer(to: call, &state.random)
                let status = [200, 200, 200, 200, 404, 409, 500, 503, 504].randomElement(using: &state.random) ?? 200
                return GatewayAnswer(status: status, body: Array(body.utf8))
            }
        }

        private static func answer(to call: GatewayCall, _ random: inout SplitMix64) -> String {
            let id = ["src", "src", "7", "8"].randomElement(using: &random) ?? ""
            if call.path.hasSuffix("/version") {
                return "{\"sdk_version\":{\"minor\":\(Bool.random(using: &random) ? 100 : 186)}}"
            }
            if call.path.hasSuffix("/snapshots") || call.path.hasSuffix("/clone") {
                return "{\"snapshot_id\":\"\(id)\",\"volume_id\":\"\(id)\"}"
            }
            let asked = call.path.split(separator: "/").last.map(String.init) ?? ""
            let shown = call.method == "GET" && Int.random(in: 0..<4, using: &random) > 0 ? asked : id
            let found = volume(
                shown,
                named: ["c", "c", "c", "app"].randomElement(using: &random) ?? "",
                of: ["src", "src", "7", ""].randomElement(using: &random) ?? "",
                spec: Bool.random(using: &random) ? #","sticky":true,"snapshot_schedule":"p""# : ""
            )
            return call.method == "GET"
                ? "{\"volume\":\(found)}"
                : Bool.random(using: &random) ? "{}" : "{\"volumes\":[{\"volume\":\(found)}]}"
        }
    }

    /// Everything but what reads, and what makes a new volume.
    private func changes(_ call: GatewayCall) -> Bool {
        call.method != "GET" && !call.path.hasSuffix("/inspectwithfilters") && !call.path.hasSuffix("/snapshots")
            && !call.path.hasSuffix("/clone")
    }

    @Test("whatever a gateway answers, what is changed is never the parent", arguments: 1...10 as ClosedRange<UInt64>)
    func trickster(seed: UInt64) async throws {
        var changed = 0
        for round in 0..<300 {
            let gateway = Trickster(seed: seed &* 1_000 &+ UInt64(round))
            let client = PortworxClient(transport: gateway)
            let (source, name) = (VolumeID("src"), CopyName("c"))
            switch round % 3 {
            case 0: _ = await client.snapshot(of: source, name: name, labels: ["k": "v"])
            case 1: _ = await client.clone(of: source, name: name, labels: ["k": "v"])
            default:
                _ = await failure { () throws(PortworxError) in
                    try await client.adopt(name, of: source, labels: ["k": "v"])
                }
            }
            let calls = gateway.calls.filter(changes)
            changed += calls.count
            #expect(!calls.contains { $0.path.split(separator: "/").contains("src") }, "\(gateway.calls.map(\.name))")
        }
        #expect(changed > 0, "else nothing has been shown")
    }

    @Test("a create that answers with the source itself, under our name, changes nothing")
    func sourceInDisguise() async throws {
        let disguised = volume("src", named: "c", of: "src", spec: #","sticky":true"#)
        let gateway = ScriptedGateway([
            .search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snapshot_id":"src"}"#), .inspect("src", disguised),
        ])
        let outcome = await gateway.client.snapshot(of: VolumeID("src"), name: CopyName("c"), labels: ["k": "v"])
        #expect(
            outcome.value?.id == VolumeID("src"),
            "shown as it is: whoever asked has to prove it a copy, and cannot"
        )
        #expect(gateway.isDone)
    }

    @Test("a volume of another name or parent is shown as it is, and not changed")
    func strangers() async throws {
        for stranger in [volume("7", named: "x"), volume("7", named: "c", of: "99"), volume("7", named: "c", of: "")] {
            let gateway = ScriptedGateway([
                .search(), .on("POST", "/v1/volumes/snapshots", 200, #"{"snapshot_id":"7"}"#), .inspect("7", stranger),
            ])
            let production = VolumeID(Recorded.production)
            #expect(await gateway.client.snapshot(of: production, name: CopyName("c"), labels: ["k": "v"]).value != nil)
            #expect(gateway.isDone)
        }
    }
}
