import Mesos
import Model
import Testing

@Suite("Recorded streams")
struct RecordedStreamTests {
    @Test("every recorded stream decodes to what its recorder saw", arguments: Recording.all(".events.jsonl"))
    func streamsAgree(recording: Recording) throws {
        let response = try recording.response()
        var decoder = RecordIODecoder()
        decoder.feed(response.body)
        var decoded: [SchedulerEvent] = []
        while let record = try decoder.next() { decoded.append(try SchedulerEvent(record: record)) }
        try decoder.finish()
        let expected = try recording.events().map(SchedulerEvent.init(expected:))
        #expect(decoded.count == expected.count)
        for (found, wanted) in zip(decoded, expected) { #expect(found == wanted.nudged(to: found)) }
    }

    @Test("the recordings are there, and hold what they are kept for")
    func recordingsAreThere() throws {
        let events = try Recording.all(".events.jsonl").flatMap { try $0.events() }
        let types = Set(events.compactMap { $0["type"] as? String })
        #expect(
            types == [
                "SUBSCRIBED", "HEARTBEAT", "OFFERS", "RESCIND", "UPDATE", "FAILURE", "ERROR", "UPDATE_OPERATION_STATUS",
            ]
        )
        #expect(events.count > 400)
    }

    @Test("a stream fed byte by byte gives the same records as one fed whole")
    func byteByByte() throws {
        let body = try Recording("20-image-and-volume/01-subscribe").response().body
        var whole = RecordIODecoder()
        whole.feed(body)
        var wanted: [[UInt8]] = []
        while let record = try whole.next() { wanted.append(record) }
        var single = RecordIODecoder()
        var found: [[UInt8]] = []
        for byte in body {
            single.feed([byte])
            while let record = try single.next() { found.append(record) }
        }
        #expect(found == wanted)
    }
}
