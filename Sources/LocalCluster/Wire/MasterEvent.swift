/// One event of the master's stream, as bytes in a RecordIO record.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Event; field numbers as there.
enum MasterEvent {
    /// What a master says about itself.
    struct MasterDescription: Sendable {
        var id: String
        var port: Int
        /// Says that it is a stand-in.
        var version = "1.11.0-understudy-local-cluster"
    }

    static func subscribed(_ framework: String, heartbeat: Double, master: MasterDescription) -> [UInt8] {
        record(type: 1) { event in
            event.message(2) { subscribed in
                subscribed.id(1, framework)
                subscribed.double(2, heartbeat)
                subscribed.message(3) { info in
                    info.string(1, master.id)
                    // 127.0.0.1 as a number in network byte order.
                    info.varint(2, 16_777_343)
                    info.varint(3, UInt64(master.port))
                    info.string(5, "127.0.0.1")
                    info.string(6, master.version)
                }
            }
        }
    }

    static func offers(_ offers: [OutstandingOffer], agents: [String: LocalAgent]) -> [UInt8] {
        record(type: 2) { event in
            event.message(3) { list in
                for offer in offers {
                    guard let agent = agents[offer.agent] else { continue }
                    list.message(1) { write(offer, agent, to: &$0) }
                }
            }
        }
    }

    private static func write(_ offer: OutstandingOffer, _ agent: LocalAgent, to writer: inout ProtoWriter) {
        writer.id(1, offer.id)
        writer.id(2, offer.framework)
        writer.id(3, offer.agent)
        writer.string(4, agent.plan.hostname)
        offer.resources.write(5, role: offer.role, to: &writer)
        for (name, value) in agent.plan.attributes.sorted(by: { $0.key < $1.key }) {
            writer.message(7) { attribute in
                attribute.string(1, name)
                attribute.varint(2, 3)
                attribute.message(5) { $0.string(1, value) }
            }
        }
        writer.message(8) { url in
            url.string(1, "http")
            url.message(2) { address in
                address.string(1, agent.plan.address)
                address.string(2, agent.plan.address)
                address.varint(3, UInt64(agent.port))
            }
            url.string(3, "/slave(1)")
        }
        writer.message(10) { $0.string(1, offer.role) }
    }

    static func rescind(_ offer: String) -> [UInt8] {
        record(type: 3) { event in event.message(4) { $0.id(1, offer) } }
    }

    static func update(_ update: StatusUpdate) -> [UInt8] {
        record(type: 4) { event in
            event.message(5) { message in message.message(1) { update.write(to: &$0) } }
        }
    }

    static func failure(agent: String, executor: String?, status: Int32?) -> [UInt8] {
        record(type: 6) { event in
            event.message(7) { failure in
                failure.id(1, agent)
                if let executor { failure.id(2, executor) }
                if let status { failure.int32(3, status) }
            }
        }
    }

    static func error(_ message: String) -> [UInt8] {
        record(type: 7) { event in event.message(8) { $0.string(1, message) } }
    }

    static func heartbeat() -> [UInt8] { record(type: 8) { _ in } }

    /// A decimal length, a line feed, and exactly so many bytes.
    private static func record(type: UInt64, _ body: (inout ProtoWriter) -> Void) -> [UInt8] {
        var event = ProtoWriter()
        event.varint(1, type)
        body(&event)
        return Array("\(event.bytes.count)\n".utf8) + event.bytes
    }
}
