import Model

/// One event of the master's stream, as bytes in a RecordIO record.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Event; field numbers as there.
enum MasterEvent {
    /// A record, and what faults ask about it.
    struct Record: Sendable {
        /// The event's type; of an update the task's state too, as in `UPDATE TASK_RUNNING`.
        let route: String
        /// Ids.
        let agents: Set<String>
        let bytes: [UInt8]
    }

    /// What a master says about itself.
    struct MasterDescription: Sendable {
        var id: String
        var port: Int
        /// Says that it is a stand-in.
        var version = "1.11.0-understudy-local-cluster"
    }

    static func subscribed(_ framework: String, heartbeat: Double, master: MasterDescription) -> Record {
        record(type: 1, "SUBSCRIBED") { event in
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

    static func offers(_ offers: [OutstandingOffer], agents: [String: LocalAgent]) -> Record {
        record(type: 2, "OFFERS", agents: Set(offers.map(\.agent))) { event in
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

    static func rescind(_ offer: String) -> Record {
        record(type: 3, "RESCIND") { event in event.message(4) { $0.id(1, offer) } }
    }

    static func update(_ update: StatusUpdate) -> Record {
        record(type: 4, "UPDATE \(update.state.rawValue)", agents: Set([update.agent].compactMap { $0 })) { event in
            event.message(5) { message in message.message(1) { update.write(to: &$0) } }
        }
    }

    static func failure(agent: String, executor: String?, status: Int32?) -> Record {
        record(type: 6, "FAILURE", agents: [agent]) { event in
            event.message(7) { failure in
                failure.id(1, agent)
                if let executor { failure.id(2, executor) }
                if let status { failure.int32(3, status) }
            }
        }
    }

    static func error(_ message: String) -> Record {
        record(type: 7, "ERROR") { event in event.message(8) { $0.string(1, message) } }
    }

    static func heartbeat() -> Record { record(type: 8, "HEARTBEAT") { _ in } }

    /// A decimal length, a line feed, and exactly so many bytes.
    private static func record(
        type: UInt64,
        _ route: String,
        agents: Set<String> = [],
        _ body: (inout ProtoWriter) -> Void
    ) -> Record {
        var event = ProtoWriter()
        event.varint(1, type)
        body(&event)
        return Record(route: route, agents: agents, bytes: Array("\(event.bytes.count)\n".utf8) + event.bytes)
    }
}
