/// Walks over the fields of one protobuf message without decoding or copying them.
///
/// protobuf-c decodes a message wholly or not at all; where one bad part must not cost the others, the parts are found with
/// this and decoded one by one.
struct WireFields {
    /// One field as it lies on the wire.
    enum Content {
        case varint(UInt64)
        case bytes(UnsafeRawBufferPointer)
        case fixed
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next field; nil at the end.
    ///
    /// - Throws: `mesos.malformed` where the bytes are no field.
    mutating func next() throws(MesosError) -> (number: UInt64, content: Content)? {
        guard position < bytes.count else { return nil }
        let tag = try varint()
        switch tag & 7 {
        case 0: return (tag >> 3, .varint(try varint()))
        case 1: return (tag >> 3, try skip(8))
        case 5: return (tag >> 3, try skip(4))
        case 2:
            guard let count = Int(exactly: try varint()), count <= bytes.count - position else { throw malformed() }
            defer { position += count }
            return (tag >> 3, .bytes(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])))
        default: throw malformed()
        }
    }

    private mutating func skip(_ count: Int) throws(MesosError) -> Content {
        guard count <= bytes.count - position else { throw malformed() }
        position += count
        return .fixed
    }

    private mutating func varint() throws(MesosError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.count else { throw malformed() }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw malformed()
    }

    private func malformed() -> MesosError {
        MesosError(.malformed, "no protobuf field at byte \(position) of \(bytes.count)", retry: .safe)
    }
}
