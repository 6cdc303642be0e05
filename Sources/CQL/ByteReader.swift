/// Reads the protocol's notations from a body.
///
/// Every length is held against what is left; ``finish(_:)`` holds the end against the body's.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }

    /// - Throws: `cql.length` when something is left.
    func finish(_ what: String) throws(CQLError) {
        guard left == 0 else { throw CQLError(.length, "\(left) bytes are left behind the end of \(what)") }
    }

    mutating func take(_ count: Int, _ what: String) throws(CQLError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= left else {
            throw CQLError(.length, "\(what) is of \(count) bytes, and \(left) are left")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func byte(_ what: String) throws(CQLError) -> UInt8 {
        guard let byte = try take(1, what).first else { throw CQLError(.length, "\(what) is missing") }
        return byte
    }

    private mutating func number(_ count: Int, _ what: String) throws(CQLError) -> UInt64 {
        try take(count, what).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func short(_ what: String) throws(CQLError) -> UInt16 { UInt16(truncatingIfNeeded: try number(2, what)) }
    mutating func int(_ what: String) throws(CQLError) -> Int32 { Int32(truncatingIfNeeded: try number(4, what)) }
    mutating func long(_ what: String) throws(CQLError) -> Int64 { Int64(bitPattern: try number(8, what)) }

    private func text(_ slice: ArraySlice<UInt8>, _ what: String) throws(CQLError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw CQLError(.value, "\(what) is not UTF-8")
        }
        return text
    }

    /// All that is left.
    mutating func rest(_ what: String) throws(CQLError) -> String { try text(try take(left, what), what) }

    mutating func string(_ what: String) throws(CQLError) -> String {
        let count = Int(try short(what))
        return try text(try take(count, what), what)
    }

    mutating func longString(_ what: String) throws(CQLError) -> String {
        let count = Int(try int(what))
        return try text(try take(count, what), what)
    }

    mutating func shortBytes(_ what: String) throws(CQLError) -> [UInt8] {
        let count = Int(try short(what))
        return Array(try take(count, what))
    }

    /// nil for null: any negative length.
    mutating func bytes(_ what: String) throws(CQLError) -> [UInt8]? {
        let count = try int(what)
        return count < 0 ? nil : Array(try take(Int(count), what))
    }

    mutating func value(_ what: String, _ version: ProtocolVersion) throws(CQLError) -> BoundValue {
        let count = try int(what)
        if count >= 0 { return .bytes(Array(try take(Int(count), what))) }
        switch (count, version) {
        case (-1, _): return .null
        case (-2, .v4): return .unset
        default: throw CQLError(.value, "\(what) has a length of \(count)")
        }
    }

    mutating func strings(_ what: String) throws(CQLError) -> [String] {
        var strings: [String] = []
        for _ in 0..<(try short(what)) { strings.append(try string(what)) }
        return strings
    }

    mutating func stringMap(_ what: String) throws(CQLError) -> [String: String] {
        var map: [String: String] = [:]
        for _ in 0..<(try short(what)) {
            let key = try string(what)
            guard map.updateValue(try string(what), forKey: key) == nil else {
                throw CQLError(.value, "\(what) has \(key) twice")
            }
        }
        return map
    }

    mutating func stringMultimap(_ what: String) throws(CQLError) -> [String: [String]] {
        var map: [String: [String]] = [:]
        for _ in 0..<(try short(what)) {
            let key = try string(what)
            guard map.updateValue(try strings(what), forKey: key) == nil else {
                throw CQLError(.value, "\(what) has \(key) twice")
            }
        }
        return map
    }

    mutating func consistency(_ what: String) throws(CQLError) -> Consistency {
        let number = try short(what)
        guard let consistency = Consistency(rawValue: number) else {
            throw CQLError(.value, "\(what): there is no consistency \(number)")
        }
        return consistency
    }

    /// v4: a map of bytes that a client and a server may have agreed on; nobody here has.
    mutating func skipPayload() throws(CQLError) {
        for _ in 0..<(try short("the custom payload")) {
            let key = try string("a key of the custom payload")
            _ = try bytes("\(key) of the custom payload")
        }
    }

    /// An address: 4 or 16 bytes behind their number.
    mutating func address(_ what: String) throws(CQLError) -> [UInt8] {
        let count = Int(try byte(what))
        guard count == 4 || count == 16 else { throw CQLError(.value, "\(what) is an address of \(count) bytes") }
        return Array(try take(count, what))
    }
}
