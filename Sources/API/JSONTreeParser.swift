/// Reads one JSON text as RFC 8259 has it, and nothing that is nearly one.
///
/// Total: any bytes give a tree or an error with its place. Work and memory are bounded by the length of the input,
/// ``nestingMax`` and ``valuesMax``.
package struct JSONTreeParser {
    /// A request is two objects deep; the rest is for what is to come.
    static let nestingMax = 16
    /// A full request has some 120 values; a small body must not become a large tree.
    static let valuesMax = 4_096

    private let bytes: [UInt8]
    private var index = 0
    private let quotesNames: Bool
    private var values = 0

    private init(_ bytes: [UInt8], quotesNames: Bool) {
        self.bytes = bytes
        self.quotesNames = quotesNames
    }

    /// Reads the whole of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - quotesNames: false where a name may be a secret in the wrong place, and no message may hold it.
    /// - Returns: the one value that the text is.
    /// - Throws: `api.bad_json`, with line, column and byte.
    package static func parse(_ bytes: [UInt8], quotesNames: Bool = true) throws(APIError) -> JSONTree {
        var parser = JSONTreeParser(bytes, quotesNames: quotesNames)
        parser.skipSpace()
        let tree = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.error("something after the end of the value") }
        return tree
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func error(_ what: String) -> APIError {
        let before = bytes.prefix(index)
        let line = before.count { $0 == 0x0A } + 1
        let column = before.reversed().prefix { $0 != 0x0A }.count + 1
        return APIError(.invalid, .badJSON, "\(what), at line \(line), column \(column) (byte \(index))")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    private mutating func value(depth: Int) throws(APIError) -> JSONTree {
        values += 1
        guard values <= Self.valuesMax else { throw error("more than \(Self.valuesMax) values") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(let byte) where byte == 0x2D || Self.isDigit(byte): return .number(try number())
        case .some: throw error("expected a value")
        case .none: throw error("expected a value, found the end")
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONTree) throws(APIError) -> JSONTree {
        let word = Array(text.description.utf8)
        guard bytes[index...].starts(with: word) else { throw error("expected a value") }
        index += word.count
        return value
    }

    private mutating func object(depth: Int) throws(APIError) -> JSONTree {
        guard depth < Self.nestingMax else { throw error("nested deeper than \(Self.nestingMax)") }
        index += 1
        var members: [JSONTree.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("expected a name in quotes") }
            let start = index
            let name = try string()
            guard names.insert(name).inserted else {
                index = start
                throw error("\(quotesNames ? "the name \"\(printable(name, max: 64))\"" : "a name") appears twice")
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("expected ':'") }
            skipSpace()
            members.append(JSONTree.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw error("expected ',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(APIError) -> JSONTree {
        guard depth < Self.nestingMax else { throw error("nested deeper than \(Self.nestingMax)") }
        index += 1
        var elements: [JSONTree] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw error("expected ',' or ']'") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    // MARK: Numbers

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private mutating func number() throws(APIError) -> String {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(APIError) {
        let start = index
        while let byte = next, Self.isDigit(byte) { index += 1 }
        guard index > start else { throw error("expected a digit") }
    }

    // MARK: Strings

    private mutating func string() throws(APIError) -> String {
        let start = index
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    index = start
                    throw error("a string that is not UTF-8")
                }
                index += 1
                return string
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &text)
            case 0..<0x20:
                throw error("a control character in a string")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw error("a string without end")
    }

    private static let escapes: [UInt8: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
    ]

    private mutating func escape(into text: inout [UInt8]) throws(APIError) {
        if let byte = next, let meaning = Self.escapes[byte] {
            text.append(meaning)
            index += 1
            return
        }
        guard take(UInt8(ascii: "u")) else { throw error("an unknown escape") }
        let first = try hexQuad()
        var scalar = UInt32(first)
        if (0xD800...0xDBFF).contains(first) {
            guard take(0x5C), take(UInt8(ascii: "u")) else { throw error("half a surrogate pair") }
            let second = try hexQuad()
            guard (0xDC00...0xDFFF).contains(second) else { throw error("half a surrogate pair") }
            scalar = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let character = Unicode.Scalar(scalar) else { throw error("half a surrogate pair") }
        text.append(contentsOf: Array(String(character).utf8))
    }

    private mutating func hexQuad() throws(APIError) -> UInt16 {
        let digits = bytes[index...].prefix(4)
        // Not UInt16's own reading alone: it takes a sign.
        guard digits.count == 4, digits.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
            let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("expected four hexadecimal digits") }
        index += 4
        return value
    }
}
