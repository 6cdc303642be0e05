import CMesos
import Model

extension Offer {
    /// Reads one offer.
    ///
    /// - Parameters:
    ///   - bytes: a protobuf message Offer, whole.
    ///   - arena: emptied first.
    /// - Throws: `mesos.malformed`, `mesos.missing_field`, `mesos.bad_value`.
    init(wire bytes: UnsafeRawBufferPointer, arena: borrowing Arena) throws(MesosError) {
        arena.reset(budget: WireLimits.arenaBytes(for: bytes.count))
        let data = bytes.assumingMemoryBound(to: UInt8.self)
        guard let offer = mesos__offer__unpack(arena.allocator, data.count, data.baseAddress) else {
            throw MesosError(.malformed, "an offer of \(bytes.count) bytes cannot be read", retry: .safe)
        }
        try self.init(offer.pointee)
    }

    private init(_ wire: Mesos__Offer) throws(MesosError) {
        var resources: [Resource] = []
        resources.reserveCapacity(wire.n_resources)
        for resource in messages(wire.n_resources, wire.resources) { resources.append(try Resource(resource)) }
        let address = wire.url?.pointee.address?.pointee
        self.init(
            id: try identifier(wire.id?.pointee.value, "offer.id"),
            agentID: try identifier(wire.agent_id?.pointee.value, "offer.agent_id"),
            hostname: text(wire.hostname) ?? "",
            address: text(address?.ip),
            port: address.flatMap { (1...65_535).contains($0.port) ? Int($0.port) : nil },
            resources: resources,
            attributes: messages(wire.n_attributes, wire.attributes).map { Label(text($0.name) ?? "", $0.shown) },
            role: text(wire.allocation_info?.pointee.role)
        )
    }
}

extension Mesos__Attribute {
    /// As Mesos' own pages show it; nil for a type that we do not know.
    fileprivate var shown: String? {
        switch type {
        case MESOS__VALUE__TYPE__TEXT: Mesos.text(text?.pointee.value)
        case MESOS__VALUE__TYPE__SCALAR: scalar.map { number($0.pointee.value) }
        case MESOS__VALUE__TYPE__RANGES:
            ranges.map { ranges in
                let list = messages(ranges.pointee.n_range, ranges.pointee.range).map { "\($0.begin)-\($0.end)" }
                return "[" + list.joined(separator: ", ") + "]"
            }
        case MESOS__VALUE__TYPE__SET:
            set.map { set in
                let items = UnsafeBufferPointer(start: set.pointee.item, count: set.pointee.n_item)
                return "{" + items.compactMap { Mesos.text($0) }.joined(separator: ", ") + "}"
            }
        default: nil
        }
    }

    private func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
