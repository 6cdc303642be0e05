import LocalCluster

/// Offers as a master makes them for agents of a large cluster: some 640 bytes each.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto; field numbers as there.
struct BenchAgents {
    let framework: String
    private(set) var offersMade = 0

    init(framework: String) { self.framework = framework }

    /// One OFFERS event with one offer of each of these agents, and the offers' ids.
    mutating func offers(_ agents: Range<Int>) -> (record: [UInt8], ids: Set<String>) {
        var ids: Set<String> = []
        ids.reserveCapacity(agents.count)
        let record = BenchEvent.record(type: 2) { event in
            event.message(3) { list in
                for agent in agents {
                    let id = "\(framework)-O\(offersMade)"
                    offersMade += 1
                    ids.insert(id)
                    list.message(1) { write(id, agent, to: &$0) }
                }
            }
        }
        return (record, ids)
    }

    static func id(_ agent: Int) -> String { "5d9e2f6c-41ab-4f0e-9c1c-2f6d8a7b3e10-S\(agent)" }

    private func write(_ id: String, _ agent: Int, to offer: inout ProtoWriter) {
        offer.id(1, id)
        offer.id(2, framework)
        offer.id(3, Self.id(agent))
        offer.string(4, BenchCluster.hostname(agent))
        Self.scalar("cpus", 8, &offer)
        Self.scalar("mem", 16_384, &offer)
        Self.scalar("disk", 65_536, &offer)
        Self.ports(6 + agent % 6, &offer)
        if agent % 3 != 0 { Self.mountDisk(agent, &offer) }
        Self.attribute("rack", "r\(agent % 40)", &offer)
        Self.attribute("instance_type", "m5.2xlarge", &offer)
        Self.attribute("os", "debian-12", &offer)
        Self.attribute("kernel", "6.1.0-28-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1", &offer)
        if agent % 2 == 0 {
            Self.attribute("storage", "enabled", &offer)
            Self.attribute("storage_tier", "silver", &offer)
        }
        offer.message(8) { url in
            url.string(1, "http")
            url.message(2) { address in
                address.string(1, BenchCluster.hostname(agent))
                address.string(2, "127.0.0.1")
                address.varint(3, 5_051)
            }
            url.string(3, "/slave(1)")
        }
        offer.message(10) { $0.string(1, "*") }
        offer.message(11) { domain in
            domain.message(1) { fault in
                fault.message(1) { $0.string(1, "eu-central-1") }
                fault.message(2) { $0.string(1, "eu-central-1\(agent % 3)") }
            }
        }
    }

    private static func resource(
        _ name: String,
        type: UInt64,
        _ offer: inout ProtoWriter,
        _ value: (inout ProtoWriter) -> Void
    ) {
        offer.message(5) { resource in
            resource.string(1, name)
            resource.varint(2, type)
            value(&resource)
            resource.message(11) { $0.string(1, "*") }
        }
    }

    private static func scalar(_ name: String, _ amount: Double, _ offer: inout ProtoWriter) {
        resource(name, type: 0, &offer) { resource in resource.message(3) { $0.double(1, amount) } }
    }

    private static func ports(_ ranges: Int, _ offer: inout ProtoWriter) {
        resource("ports", type: 1, &offer) { resource in
            resource.message(4) { list in
                for range in 0..<ranges {
                    list.message(1) {
                        $0.varint(1, UInt64(31_000 + range * 100))
                        $0.varint(2, UInt64(31_000 + range * 100 + 60))
                    }
                }
            }
        }
    }

    /// A disk of its own, which a plain task must not use.
    private static func mountDisk(_ agent: Int, _ offer: inout ProtoWriter) {
        resource("disk", type: 0, &offer) { resource in
            resource.message(3) { $0.double(1, 1_907_200) }
            resource.message(7) { disk in
                disk.message(3) { source in
                    source.varint(1, 2)
                    source.message(3) { $0.string(1, "/dcos/volume\(agent % 4)") }
                }
            }
        }
    }

    private static func attribute(_ name: String, _ value: String, _ offer: inout ProtoWriter) {
        offer.message(7) { attribute in
            attribute.string(1, name)
            attribute.varint(2, 3)
            attribute.message(5) { $0.string(1, value) }
        }
    }
}
