import CMesos
import Model

/// Reads the events of one stream, from the first to the reason of its end.
struct SubscriptionReader {
    /// An event larger than this is rare, and leaves pages behind that the allocator keeps: 75 MB after one of 50,000 agents.
    private static let largeRecordBytes = 1_024 * 1_024
    /// Right after a large event, and once more after the next one, when its offers have been answered and freed.
    private static let trimsAfterLarge = 2

    private let stream: any MasterStream
    private let silence: MesosClient.Silence
    private var limit: Span
    private var records = RecordIODecoder()
    private var trims = 0

    init(stream: any MasterStream, silence: MesosClient.Silence) {
        self.stream = stream
        self.silence = silence
        self.limit = silence.limit(interval: nil)
    }

    /// Waits for SUBSCRIBED: a refused subscription is a 200 as well, with an ERROR instead.
    mutating func first() async throws(MesosError) -> SchedulerEvent.Subscription {
        guard let record = try await record() else {
            throw MesosError(.streamClosed, "the master ended the stream before SUBSCRIBED", retry: .safe)
        }
        let event = try SchedulerEvent(record: record)
        switch event {
        case .subscribed(let subscription):
            limit = silence.limit(interval: subscription.heartbeatInterval)
            return subscription
        case .error(let text): throw MasterReply.error(event: text, first: true)
        case .offers, .rescind, .update, .failure, .heartbeat, .message, .unknown:
            throw MesosError(.unexpectedFirstEvent, "the stream does not begin with SUBSCRIBED", retry: .safe)
        }
    }

    /// Delivers all further events, until the stream ends.
    ///
    /// - Returns: the reason: what the master said last, or else how the stream ended.
    mutating func rest(_ deliver: (SubscriptionEvent) async -> Void) async -> MesosError {
        var said: MesosError?
        do throws(MesosError) {
            while !Task.isCancelled, let record = try await record() {
                let bytes = record.count
                if let text = await deliverEvent(record, deliver) {
                    said = MasterReply.error(event: text, first: false)
                    if said?.fatal != nil { break }
                }
                trim(after: bytes)
            }
        } catch {
            return said ?? error
        }
        return said
            ?? MesosError(.streamClosed, "the master ended the stream: taken over, torn down or removed", retry: .safe)
    }

    /// Consumes the record, so that its bytes are free before the event is dealt with.
    ///
    /// - Returns: what the master says in an ERROR; nil for every other event.
    private func deliverEvent(
        _ record: consuming [UInt8],
        _ deliver: (SubscriptionEvent) async -> Void
    ) async -> String? {
        let event: SchedulerEvent
        do throws(MesosError) {
            event = try SchedulerEvent(record: record)
        } catch {
            await deliver(.undecodable(error.fault))
            return nil
        }
        await deliver(.event(event))
        if case .error(let text) = event { return text }
        return nil
    }

    private mutating func trim(after bytes: Int) {
        if bytes > Self.largeRecordBytes { trims = Self.trimsAfterLarge }
        guard trims > 0 else { return }
        trims -= 1
        cmesos_trim()
    }

    /// The next record; nil at the stream's proper end.
    private mutating func record() async throws(MesosError) -> [UInt8]? {
        while true {
            if let record = try records.next() { return record }
            guard let bytes = try await stream.next(within: limit) else {
                try records.finish()
                return nil
            }
            records.feed(bytes)
        }
    }
}
