import Foundation
import Mesos
import Model
import Testing

/// The same scenario was recorded twice, in protobuf and in the master's own JSON: what does not hang on ids and clocks has
/// to be the same, so that our reading is checked against the master's and not only against the recorder's.
@Suite("JSON twins")
struct TwinTests {
    /// What a scenario comes to.
    private struct Story: Equatable {
        var tasks: [TaskID: [String]] = [:]
        var endings: [Int32?] = []
        var errors: [String] = []
        var masters: [String] = []
        var firstOffer: [String] = []

        init(_ events: [SchedulerEvent]) {
            var seen: Set<[UInt8]> = []
            for event in events {
                switch event {
                case .subscribed(let subscription):
                    masters.append("\(subscription.masterVersion ?? "-") \(subscription.heartbeatInterval ?? -1)")
                case .offers(let offers, let undecodable):
                    #expect(undecodable.isEmpty)
                    if let offer = offers.first, firstOffer.isEmpty { firstOffer = Self.shape(offer) }
                case .update(let update):
                    // Sent again after 10 s without an answer, which is a matter of time.
                    if let uuid = update.uuid, !seen.insert(uuid).inserted { continue }
                    tasks[update.taskID, default: []].append(Self.shape(update))
                case .failure(_, let executor, let status): if executor != nil { endings.append(status) }
                case .error(let text): errors.append(text)
                case .heartbeat, .rescind, .message, .unknown: continue
                }
            }
        }

        private static func shape(_ offer: Offer) -> [String] {
            ["\(offer.hostname) \(offer.address ?? "-") \(offer.port ?? 0) \(offer.role ?? "-") \(offer.attributes)"]
                + offer.resources.map { "\($0)" }
        }

        private static func shape(_ update: TaskUpdate) -> String {
            "\(update.state) \(update.source ?? "-") \(update.reason ?? "-") uuid \(update.uuid?.count ?? 0)"
                + " executor \(update.executorID != nil) check \(update.checkExitCode.map { "\($0)" } ?? "-")"
        }
    }

    private func records(_ recording: Recording, _ kind: String) throws -> [[UInt8]] {
        var decoder = RecordIODecoder()
        decoder.feed(try recording.response(kind).body)
        var found: [[UInt8]] = []
        while let record = try decoder.next() { found.append(record) }
        try decoder.finish()
        return found
    }

    @Test("a stream in protobuf tells what its twin in JSON tells", arguments: Recording.all(".twin.response"))
    func twinsAgree(recording: Recording) throws {
        let ours = try records(recording, ".response").map { (record) in try SchedulerEvent(record: record) }
        let twin = try records(recording, ".twin.response").map { record in
            let object = try JSONSerialization.jsonObject(with: Data(record)) as? [String: Any]
            return try SchedulerEvent(expected: object ?? [:])
        }
        #expect(Story(ours) == Story(twin))
    }

    @Test("there are twins of most scenarios")
    func twinsAreThere() {
        #expect(Set(Recording.all(".twin.response").map(\.scenario)).count >= 14)
    }
}
