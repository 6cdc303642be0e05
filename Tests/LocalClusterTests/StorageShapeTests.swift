import Foundation
import Testing

@testable import LocalCluster

/// The recorded calls, sent in an order in which each has what it names, and the answers' shapes compared.
///
/// `Fixtures/openstorage-shape/cases.jsonl` holds the recordings of `openstorage/sdk-rest`, a case a line, words unchanged.
@Suite("The gateway's answers have the recorded shapes")
struct StorageShapeTests {
    private struct Case: Decodable {
        let name: String
        let method: String
        let target: String
        let body: String
        let status: Int
        let answer: String
    }

    /// What the recorded fake driver leaves empty and Portworx, and so the stand-in, fills; and the parts of a version.
    private static let filledHere: Set = ["readonly", "usage", "replica_sets", "patch", "major"]
    /// What the stand-in has no measure of, or is zero in it and so vanishes.
    private static let onlyRecorded: Set = [
        "cpu", "cpu_cores", "mem_total", "mem_used", "mem_free", "disks", "shared_bytes", "Used",
    ]
    /// Maps, whose keys are values.
    private static let maps: Set = ["labels", "volume_labels", "node_labels", "details"]

    private static func cases() throws -> [Case] {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = fixtures.appendingPathComponent("Fixtures/openstorage-shape/cases.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Case.self, from: Data($0.utf8))
        }
    }

    @Test("each recorded call has its status and its shape", .timeLimit(.minutes(6)))
    func replay() async throws {
        let fixture = try StorageFixture(sdkVersion: .recorded, withVolumes: false)
        var ids: [String: String] = [:]
        for recorded in try Self.cases() {
            func ours(_ text: String) -> String {
                ids.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            }
            if recorded.name == "volume-usage" { try fixture.write("x", to: "file", of: "cass-prod-high") }
            let answer = await fixture.call(recorded.method, ours(recorded.target), ours(recorded.body))
            #expect(answer.status == recorded.status, "\(recorded.name): \(answer)")
            guard let expected = try? JSONValue.parse(Array(recorded.answer.utf8)), !recorded.answer.isEmpty else {
                #expect(answer.text + "\n" == recorded.answer, "\(recorded.name)")
                continue
            }
            #expect(Self.differences(expected, answer.json, at: recorded.name) == [])
            for field in ["volume_id", "snapshot_id"] {
                if let old = expected[field]?.text, let new = answer.json[field]?.text { ids[old] = new }
            }
        }
        #expect(ids.count >= 8)
    }

    @Test("errors have the recorded words where a client could look at them")
    func words() async throws {
        let fixture = try StorageFixture(sdkVersion: .recorded, withVolumes: false)
        let exact =
            ["bad-cos", "lowercase-cos", "no-halevel", "no-name", "no-spec", "zero-size"].map { "volume-create-" + $0 }
            + ["volume-inspect-missing", "nodes-inspect-missing", "clone-no-name", "snapshot-create-no-volume"]
        for recorded in try Self.cases() where exact.contains(recorded.name) {
            let answer = await fixture.call(recorded.method, recorded.target, recorded.body)
            #expect(answer.json == (try JSONValue.parse(Array(recorded.answer.utf8))), "\(recorded.name)")
        }
    }

    /// Where the second value has other keys or types than the first.
    private static func differences(_ recorded: JSONValue, _ own: JSONValue, at path: String) -> [String] {
        switch (recorded, own) {
        case (.object(let recorded), .object(let own)):
            let missing = Set(recorded.keys).subtracting(own.keys).subtracting(onlyRecorded).map {
                "\(path).\($0) missing"
            }
            let added = Set(own.keys).subtracting(recorded.keys).subtracting(filledHere).map { "\(path).\($0) added" }
            let inner = recorded.keys.filter { own[$0] != nil }.flatMap { key -> [String] in
                if maps.contains(key), case .object(let values)? = own[key] {
                    return values.values.allSatisfy { $0.text != nil } ? [] : ["\(path).\(key) is no map of strings"]
                }
                return differences(recorded[key] ?? .null, own[key] ?? .null, at: "\(path).\(key)")
            }
            return missing + added + inner
        case (.array(let recorded), .array(let own)):
            guard let first = recorded.first, let own = own.first else {
                return recorded.isEmpty == own.isEmpty ? [] : ["\(path) is empty in one"]
            }
            return differences(first, own, at: path + "[]")
        case (.string, .string), (.bool, .bool), (.integer, .integer), (.real, .real), (.null, .null):
            return []
        case (.string, _), (.bool, _), (.integer, _), (.real, _), (.null, _), (.array, _), (.object, _):
            return ["\(path) has another type"]
        }
    }
}
