import Foundation

/// One call to the real server, and what it answered, words unchanged.
///
/// The files are in `Fixtures/openstorage-shape`, a call a line: `cases.jsonl` and `more-cases.jsonl` are made from
/// the recordings `openstorage/sdk-rest`, `auth-cases.jsonl` from `openstorage/sdk-rest-auth`. Of `request.http` the
/// method, target and body are kept, of `response.json` the `status` and the `raw_body`.
struct RecordedCall: Decodable, Sendable {
    let name: String
    let method: String
    let target: String
    let body: String
    let status: Int
    let answer: String

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/openstorage-shape")

    private static let all = Result<[String: RecordedCall], any Error> {
        var calls: [String: RecordedCall] = [:]
        for file in ["cases.jsonl", "more-cases.jsonl", "auth-cases.jsonl"] {
            for line in try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n") {
                let call = try JSONDecoder().decode(RecordedCall.self, from: Data(line.utf8))
                calls[call.name] = call
            }
        }
        return calls
    }

    static func named(_ name: String) throws -> RecordedCall {
        guard let call = try all.get()[name] else { throw CocoaError(.fileNoSuchFile) }
        return call
    }
}

/// The ids and labels that the recordings speak of.
enum Recorded {
    static let production = "82e1021b-927a-4008-9d94-613895d828ba"
    static let snapshot = "658b820c-6231-4737-b510-10861a80d985"
    static let snapshotLabels = ["testenv": "run-42", "parent": "cass-prod-high"]
    static let clone = "ad7839f2-1671-4727-9a12-8642e182c44b"
    static let cloneLabels = ["testenv": "run-42"]
}
