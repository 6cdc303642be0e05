/// Versions of the native protocol that are spoken here.
public enum ProtocolVersion: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    /// Cassandra 2.1 speaks it, and every later one up to 5.0.
    case v3 = 3
    /// From Cassandra 2.2 on.
    case v4 = 4

    /// By age.
    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}

/// What a frame is about; the numbers are the protocol's.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 2.4.
public enum Opcode: UInt8, Hashable, Sendable, CaseIterable {
    case error = 0x00
    case startup = 0x01
    case ready = 0x02
    case authenticate = 0x03
    case options = 0x05
    case supported = 0x06
    case query = 0x07
    case result = 0x08
    case prepare = 0x09
    case execute = 0x0A
    case register = 0x0B
    case event = 0x0C
    case batch = 0x0D
    case authChallenge = 0x0E
    case authResponse = 0x0F
    case authSuccess = 0x10

    /// Whose frames are about it.
    public var direction: Frame.Direction {
        switch self {
        case .startup, .options, .query, .prepare, .execute, .register, .batch, .authResponse: .request
        case .error, .ready, .authenticate, .supported, .result, .event, .authChallenge, .authSuccess: .response
        }
    }
}

/// One frame: nine bytes of head, and a body.
public struct Frame: Hashable, Sendable {
    /// Who sends it.
    public enum Direction: Hashable, Sendable {
        /// The client.
        case request
        /// The server.
        case response
    }

    /// Flags of the head.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The protocol's.
        public let rawValue: UInt8
        /// Any; what is not named here is kept.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The body is compressed; never used here.
        public static let compression = Flags(rawValue: 0x01)
        /// A trace is wanted, or its id stands before the body.
        public static let tracing = Flags(rawValue: 0x02)
        /// v4: a map of bytes stands before the body.
        public static let customPayload = Flags(rawValue: 0x04)
        /// v4: a list of warnings stands before the body.
        public static let warning = Flags(rawValue: 0x08)
    }

    static let headBytes = 9
    private static let directionBit: UInt8 = 0x80

    /// Which protocol its body is of.
    public var version: ProtocolVersion
    /// See ``Flags``.
    public var flags: Flags
    /// Chosen by the client and repeated in the answer; negative for events alone.
    public var stream: Int16
    /// What it is about, and with it its direction.
    public var opcode: Opcode
    /// Not longer than the decoder's limit.
    public var body: [UInt8]

    /// Wraps all of it.
    public init(version: ProtocolVersion, flags: Flags = [], stream: Int16, opcode: Opcode, body: [UInt8]) {
        self.version = version
        self.flags = flags
        self.stream = stream
        self.opcode = opcode
        self.body = body
    }

    /// As it goes over the wire.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.byte(version.rawValue | (opcode.direction == .request ? 0 : Self.directionBit))
        writer.byte(flags.rawValue)
        writer.short(UInt16(bitPattern: stream))
        writer.byte(opcode.rawValue)
        writer.int(Int32(clamping: body.count))
        return writer.bytes + body
    }

    /// What a head says, before its body has come.
    struct Head {
        let version: UInt8
        let direction: Direction
        let flags: Flags
        let stream: Int16
        let opcode: UInt8
        let length: UInt32

        /// - Parameter bytes: exactly ``Frame/headBytes``.
        init(_ bytes: ArraySlice<UInt8>) {
            let bytes = Array(bytes)
            version = bytes[0] & ~Frame.directionBit
            direction = bytes[0] & Frame.directionBit == 0 ? .request : .response
            flags = Flags(rawValue: bytes[1])
            stream = Int16(bitPattern: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
            opcode = bytes[4]
            length = bytes[5...].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
