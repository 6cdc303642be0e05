/// Why a request was not done.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 9.
public struct ErrorMessage: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error; numbers that are not named here are kept.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The protocol's.
        public let rawValue: Int32
        /// Any.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Something unexpected.
        public static let server = Code(rawValue: 0x0000)
        /// The client has not kept to the protocol.
        public static let `protocol` = Code(rawValue: 0x000A)
        /// The login was refused.
        public static let badCredentials = Code(rawValue: 0x0100)
        /// Too few replicas are alive.
        public static let unavailable = Code(rawValue: 0x1000)
        /// Too much to do.
        public static let overloaded = Code(rawValue: 0x1001)
        /// Not yet part of its ring.
        public static let isBootstrapping = Code(rawValue: 0x1002)
        /// A table could not be emptied.
        public static let truncate = Code(rawValue: 0x1003)
        /// Too few replicas wrote in time.
        public static let writeTimeout = Code(rawValue: 0x1100)
        /// Too few replicas answered in time.
        public static let readTimeout = Code(rawValue: 0x1200)
        /// The statement cannot be read.
        public static let syntax = Code(rawValue: 0x2000)
        /// The role may not.
        public static let unauthorized = Code(rawValue: 0x2100)
        /// The statement can be read, and makes no sense here.
        public static let invalid = Code(rawValue: 0x2200)
        /// A setting of a keyspace or table is not possible.
        public static let configuration = Code(rawValue: 0x2300)
        /// The keyspace or table exists.
        public static let alreadyExists = Code(rawValue: 0x2400)
        /// The id belongs to no prepared statement here: prepare it again.
        public static let unprepared = Code(rawValue: 0x2500)
    }

    /// What some kinds say beside their text.
    public enum Detail: Hashable, Sendable {
        /// Nothing.
        case none
        /// `alreadyExists`: the table is empty for a keyspace.
        case existing(keyspace: String, table: String)
        /// `unprepared`: the id that is not known.
        case unknownID([UInt8])
        /// Of another kind, as sent.
        case other([UInt8])
    }

    /// What kind.
    public var code: Code
    /// For people.
    public var message: String
    /// See ``Detail``.
    public var detail: Detail

    /// Wraps all three.
    public init(_ code: Code, _ message: String, detail: Detail = .none) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Code and message.
    public var description: String { "cql error 0x\(String(code.rawValue, radix: 16)): \(message)" }

    init(_ reader: inout ByteReader) throws(CQLError) {
        code = Code(rawValue: try reader.int("the code of an error"))
        message = try reader.string("the text of an error")
        switch code {
        case .alreadyExists:
            let keyspace = try reader.string("the keyspace")
            detail = .existing(keyspace: keyspace, table: try reader.string("the table"))
        case .unprepared: detail = .unknownID(try reader.shortBytes("the statement's id"))
        default: detail = reader.left == 0 ? .none : .other(Array(try reader.take(reader.left, "the error")))
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.int(code.rawValue)
        writer.string(message)
        switch detail {
        case .none: break
        case .existing(let keyspace, let table):
            writer.string(keyspace)
            writer.string(table)
        case .unknownID(let id): writer.shortBytes(id)
        case .other(let bytes): writer.raw(bytes)
        }
    }
}
