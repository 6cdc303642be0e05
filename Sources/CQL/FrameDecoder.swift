/// Cuts a stream of bytes into frames of one direction.
///
/// Nothing can be read after an error: where the next frame begins is not known.
public struct FrameDecoder: Sendable {
    /// A head that is answered with an error on its stream, and then the connection is over.
    public struct Refused: Hashable, Sendable {
        /// As sent; not always one that is spoken here.
        public let version: UInt8
        /// Its stream.
        public let stream: Int16
    }

    /// What has been read is moved out of the buffer once it is this much, in bytes.
    private static let readBytesKept = 65_536

    private let direction: Frame.Direction
    private let bodyBytesMax: Int
    private var buffer: [UInt8] = []
    private var start = 0
    /// The head that ``next()`` has thrown at.
    public private(set) var refused: Refused?

    /// Begins at the beginning of a connection.
    ///
    /// - Parameters:
    ///   - direction: whose frames these are.
    ///   - bodyBytesMax: of one frame; the protocol's own limit is 256 MiB.
    public init(_ direction: Frame.Direction, bodyBytesMax: Int = 16 * 1_024 * 1_024) {
        self.direction = direction
        self.bodyBytesMax = bodyBytesMax
    }

    /// Takes what has come.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > Self.readBytesKept {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Whether it is in the middle of a frame: an end of the stream now would lose something.
    public var isAmidFrame: Bool { start < buffer.count }

    /// The next frame that has come as a whole; nil when none has.
    ///
    /// - Throws: `cql.version`, `cql.too_large`, `cql.opcode`, `cql.value`.
    public mutating func next() throws(CQLError) -> Frame? {
        let rest = buffer[start...]
        guard rest.count >= Frame.headBytes else { return nil }
        let head = Frame.Head(rest.prefix(Frame.headBytes))
        let length = Frame.headBytes + Int(head.length)
        do {
            let (version, opcode) = try check(head)
            guard rest.count >= length else { return nil }
            let body = Array(rest.dropFirst(Frame.headBytes).prefix(Int(head.length)))
            start += length
            if start == buffer.count {
                buffer.removeAll(keepingCapacity: true)
                start = 0
            }
            return Frame(version: version, flags: head.flags, stream: head.stream, opcode: opcode, body: body)
        } catch {
            refused = Refused(version: head.version, stream: head.stream)
            throw error
        }
    }

    private func check(_ head: Frame.Head) throws(CQLError) -> (ProtocolVersion, Opcode) {
        guard head.direction == direction else {
            throw CQLError(.opcode, "a frame of the other direction")
        }
        guard let version = ProtocolVersion(rawValue: head.version) else {
            throw CQLError(.version, "protocol version \(head.version) is not spoken here, 3 and 4 are")
        }
        guard let opcode = Opcode(rawValue: head.opcode), opcode.direction == direction else {
            throw CQLError(.opcode, "operation \(head.opcode) has no place in this direction")
        }
        guard head.length <= bodyBytesMax else {
            throw CQLError(.tooLarge, "a body of \(head.length) bytes is over the limit of \(bodyBytesMax)")
        }
        guard !head.flags.contains(.compression) else {
            throw CQLError(.value, "a compressed frame, and no compression was agreed on")
        }
        return (version, opcode)
    }
}
