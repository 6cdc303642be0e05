import CMesos
import CProtobufC
import Model

extension SchedulerEvent {
    /// Reads one record of the stream.
    ///
    /// A bad offer among good ones does not throw: see ``UndecodableOffer``.
    ///
    /// - Parameter record: a protobuf message Event, whole.
    /// - Throws: `mesos.malformed`, `mesos.missing_field`, `mesos.bad_value`; the stream may go on after each of them.
    public init(record: [UInt8]) throws(MesosError) {
        self = try record.withUnsafeBufferPointer { (bytes) throws(MesosError) in
            try Self.decode(UnsafeRawBufferPointer(bytes))
        }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) throws(MesosError) -> SchedulerEvent {
        let number = try type(of: bytes)
        switch Mesos__Event__Type(UInt32(bitPattern: number)) {
        case MESOS__EVENT__TYPE__HEARTBEAT:
            return .heartbeat
        case MESOS__EVENT__TYPE__OFFERS:
            return try decodeOffers(bytes)
        case MESOS__EVENT__TYPE__SUBSCRIBED, MESOS__EVENT__TYPE__RESCIND, MESOS__EVENT__TYPE__UPDATE,
            MESOS__EVENT__TYPE__MESSAGE, MESOS__EVENT__TYPE__FAILURE, MESOS__EVENT__TYPE__ERROR:
            return try unpack(bytes, in: Arena(budget: WireLimits.arenaBytes(for: bytes.count)))
        default:
            return .unknown(type: number)
        }
    }

    private static func type(of bytes: UnsafeRawBufferPointer) throws(MesosError) -> Int32 {
        var fields = WireFields(bytes)
        var found: Int32?
        while let (number, content) = try fields.next() {
            if number == 1, case .varint(let value) = content { found = Int32(truncatingIfNeeded: value) }
        }
        return try require(found, "event.type")
    }

    /// The arena is the caller's, so that what C points at lives until we return.
    private static func unpack(
        _ bytes: UnsafeRawBufferPointer,
        in arena: borrowing Arena
    ) throws(MesosError) -> SchedulerEvent {
        let data = bytes.assumingMemoryBound(to: UInt8.self)
        guard let event = mesos__event__unpack(arena.allocator, data.count, data.baseAddress) else {
            throw MesosError(.malformed, "an event of \(bytes.count) bytes cannot be read", retry: .safe)
        }
        return try read(event.pointee)
    }

    private static func read(_ event: Mesos__Event) throws(MesosError) -> SchedulerEvent {
        switch event.type {
        case MESOS__EVENT__TYPE__SUBSCRIBED:
            return .subscribed(try Subscription(require(event.subscribed, "event.subscribed").pointee))
        case MESOS__EVENT__TYPE__RESCIND:
            let rescind = try require(event.rescind, "event.rescind").pointee
            return .rescind(try identifier(rescind.offer_id?.pointee.value, "rescind.offer_id"))
        case MESOS__EVENT__TYPE__UPDATE:
            let update = try require(event.update, "event.update").pointee
            return .update(try TaskUpdate(require(update.status, "update.status").pointee))
        case MESOS__EVENT__TYPE__FAILURE:
            let failure = try require(event.failure, "event.failure").pointee
            return .failure(
                agentID: try optionalIdentifier(failure.agent_id?.pointee.value, "failure.agent_id"),
                executorID: try optionalIdentifier(failure.executor_id?.pointee.value, "failure.executor_id"),
                status: failure.has_status == 0 ? nil : failure.status
            )
        case MESOS__EVENT__TYPE__ERROR:
            return .error(text(try require(event.error, "event.error").pointee.message) ?? "")
        case MESOS__EVENT__TYPE__MESSAGE:
            let message = try require(event.message, "event.message").pointee
            return .message(
                agentID: try identifier(message.agent_id?.pointee.value, "message.agent_id"),
                executorID: try identifier(message.executor_id?.pointee.value, "message.executor_id"),
                bytes: Array(message.data.buffer)
            )
        default:
            throw MesosError(.badValue, "an event says two different types", retry: .safe)
        }
    }

    /// Offer by offer out of the record itself: 32 MB are never in memory a second time, and a bad one costs nobody else.
    private static func decodeOffers(_ bytes: UnsafeRawBufferPointer) throws(MesosError) -> SchedulerEvent {
        var good: [Offer] = []
        var bad: [UndecodableOffer] = []
        var seen = false
        let arena = Arena(budget: 0)
        var event = WireFields(bytes)
        while let (number, content) = try event.next() {
            guard number == 3, case .bytes(let list) = content else { continue }
            seen = true
            if good.count + bad.count > WireLimits.offersMax { break }  // said already
            do throws(MesosError) {
                try readOffers(list, arena, &good, &bad)
            } catch {
                // The list breaks off here; what came before it is good all the same.
                bad.append(UndecodableOffer(id: nil, fault: error.fault))
            }
        }
        guard seen else { throw MesosError(.missingField, "event.offers is missing", retry: .safe) }
        return .offers(good, undecodable: bad)
    }

    private static func readOffers(
        _ list: UnsafeRawBufferPointer,
        _ arena: borrowing Arena,
        _ good: inout [Offer],
        _ bad: inout [UndecodableOffer]
    ) throws(MesosError) {
        var offers = WireFields(list)
        while let (number, content) = try offers.next() {
            guard number == 1, case .bytes(let offer) = content else { continue }
            guard good.count + bad.count < WireLimits.offersMax else {
                throw MesosError(.badValue, "an event has more than \(WireLimits.offersMax) offers", retry: .safe)
            }
            do throws(MesosError) {
                good.append(try Offer(wire: offer, arena: arena))
            } catch {
                bad.append(UndecodableOffer(id: findID(offer), fault: error.fault))
            }
        }
    }

    /// The id of an offer that as a whole cannot be read.
    private static func findID(_ offer: UnsafeRawBufferPointer) -> OfferID? {
        guard let id = firstBytes(1, in: offer), let value = firstBytes(1, in: id),
            (1...WireLimits.identifierBytesMax).contains(value.count)
        else { return nil }
        return OfferID(String(decoding: value, as: UTF8.self))
    }

    private static func firstBytes(_ wanted: UInt64, in message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var fields = WireFields(message)
        do throws(MesosError) {
            while let (number, content) = try fields.next() {
                if number == wanted, case .bytes(let found) = content { return found }
            }
        } catch {
            return nil  // broken before the field: the caller reports the first error, this one says no more
        }
        return nil
    }
}

extension SchedulerEvent.Subscription {
    init(_ wire: Mesos__Event__Subscribed) throws(MesosError) {
        let interval = wire.has_heartbeat_interval_seconds == 0 ? nil : wire.heartbeat_interval_seconds
        let master = wire.master_info?.pointee
        self.init(
            frameworkID: try identifier(wire.framework_id?.pointee.value, "subscribed.framework_id"),
            heartbeatInterval: interval.flatMap { $0.isFinite && $0 > 0 ? $0 : nil },
            masterID: text(master?.id),
            masterHostname: text(master?.hostname),
            masterVersion: text(master?.version)
        )
    }
}
