import LocalCluster

/// Events of the bench's master but for offers, as RecordIO records.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Event; field numbers as there.
enum BenchEvent {
    /// So rare that a bench never needs one: the scheduler bears three of these in silence.
    private static let heartbeatSeconds = 1_200.0

    static func subscribed(_ framework: String) -> [UInt8] {
        record(type: 1) { event in
            event.message(2) { subscribed in
                subscribed.id(1, framework)
                subscribed.double(2, heartbeatSeconds)
            }
        }
    }

    /// TASK_KILLED, from the executor.
    static func killed(task: String, agent: String, number: Int) -> [UInt8] {
        record(type: 4) { event in
            event.message(5) { update in
                update.message(1) { status in
                    status.id(1, task)
                    status.varint(2, 4)
                    status.id(5, agent)
                    status.varint(9, 2)
                    status.data(11, (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 * 8 % 64)) })
                }
            }
        }
    }

    /// A decimal length, a line feed, and exactly so many bytes.
    static func record(type: UInt64, _ body: (inout ProtoWriter) -> Void) -> [UInt8] {
        var event = ProtoWriter()
        event.varint(1, type)
        body(&event)
        return Array("\(event.bytes.count)\n".utf8) + event.bytes
    }
}
