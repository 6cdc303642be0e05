import Foundation
import Model
import SeededRandom
import Synchronization
import Testing

@testable import Portworx

/// Answers that no gateway should give: they end in errors, never in a crash, and never reach a source.
@Suite("Hostile answers")
struct HostileTests {
    /// Answers everything alike.
    private struct Parrot: GatewayTransport {
        var status = 200
        let body: [UInt8]
        func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer {
            GatewayAnswer(status: status, body: body)
        }
    }

    /// Every read of it, each with its error.
    private func reads(_ body: [UInt8], status: Int = 200) async -> [String: PortworxError?] {
        let client = PortworxClient(transport: Parrot(status: status, body: body))
        return [
            "version": await failure(client.version), "nodes": await failure(client.nodes),
            "named": await failure { () throws(PortworxError) in try await client.volume(named: "cass-prod-high") },
            "inspect": await failure { () throws(PortworxError) in
                try await client.inspect(VolumeID(Recorded.production))
            },
            "labelled": await failure { () throws(PortworxError) in
                try await client.volumes(labelled: ["app": "cassandra"])
            },
        ]
    }

    private static let answers = [
        "identity-version", "nodes-filters", "volume-inspect-by-id", "volume-inspectwithfilters-labels",
    ]

    @Test("an answer cut off at any byte is an error of every read", arguments: answers)
    func truncated(recorded: String) async throws {
        let whole = Array(try RecordedCall.named(recorded).answer.utf8)
        for count in 0..<whole.count {
            for (read, error) in await reads(Array(whole[..<count])) {
                #expect(error?.code == .badAnswer, "\(read) of \(count) bytes")
            }
        }
    }

    @Test("nesting without end is an error", arguments: ["[", "{\"a\":", "{\"volumes\":[", "{\"volume\":{\"x\":["])
    func nesting(opening: String) async {
        let endless = Array(String(repeating: opening, count: 200_000).utf8)
        for (read, error) in await reads(endless) { #expect(error?.code == .badAnswer, "\(read)") }
        for (read, error) in await reads(endless, status: 500) { #expect(error?.code == .refused, "\(read)") }
    }

    @Test(
        "wrong types and numbers out of range are errors of the volumes that hold them",
        arguments: [
            #""id":7"#, #""id":null,"spec":7"#, #""id":"7","spec":[]"#, #""id":"7","spec":{"size":-1}"#,
            #""id":"7","spec":{"size":1.5}"#, #""id":"7","spec":{"size":1e400}"#, #""id":"7","spec":{"size":"1e3"}"#,
            #""id":"7","spec":{"size":"18446744073709551616"}"#, #""id":"7","spec":{"size":18446744073709551616}"#,
            #""id":"7","spec":{"size":" 1"}"#, #""id":"7","spec":{"size":""}"#, #""id":"7","spec":{"size":true}"#,
            #""id":"7","spec":{"sticky":"true"}"#, #""id":"7","locator":{"volume_labels":{"a":1}}"#,
            #""id":"7","locator":{"volume_labels":[]}"#, #""id":"7","status":2"#, #""id":"7","attach_path":"/mnt""#,
            #""id":"7","replica_sets":[{"nodes":[1]}]"#, #""id":"7","source":"1""#,
        ]
    )
    func wrongTypes(fields: String) async {
        let client = ScriptedGateway([.search("{\(fields)}"), .inspect("7", "{\(fields)}")]).client
        #expect(await failure { () throws(PortworxError) in try await client.volume(named: "v") }?.code == .badAnswer)
        #expect(
            await failure { () throws(PortworxError) in try await client.inspect(VolumeID("7")) }?.code == .badAnswer
        )
    }

    @Test("the greatest numbers are read, and those that do not fit are clamped")
    func greatest() async throws {
        let most = "18446744073709551615"
        let spec = ",\"snapshot_interval\":\(most)"
        let client = ScriptedGateway([
            .inspect("7", volume("7", named: "v", spec: spec).replacing("\"1024\"", with: "\"\(most)\"")),
            try .recorded("identity-version"),
            .on(
                "GET",
                "/v1/nodes/filters",
                200,
                "{\"nodes\":[{\"id\":\"1\",\"pools\":[{\"ID\":\"\(most)\",\"Used\":\(most)}]}]}"
            ),
        ]).client
        let volume = try await client.inspect(VolumeID("7"))
        #expect(volume?.sizeBytes == .max)
        #expect(volume?.snapshotIntervalMinutes == .max)
        let pool = try await client.nodes().first?.pools.first
        #expect(pool?.index == .max)
        #expect(pool?.usedBytes == .max)
    }

    @Test("bytes changed at random never crash a read", arguments: answers, [1, 2, 3] as [UInt64])
    func mutated(recorded: String, seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let whole = Array(try RecordedCall.named(recorded).answer.utf8)
        for _ in 0..<300 {
            let body = mutate(whole, &random)
            for status in [200, 404, 500] { _ = await reads(body, status: status) }
        }
    }

    private func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.insert("{}[]\",:0-e\\u".utf8.randomElement(using: &random) ?? 0, at: at)
            case 2: bytes.remove(at: at)
            default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return bytes
    }
}
