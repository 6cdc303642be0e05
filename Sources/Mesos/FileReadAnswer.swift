/// What `/files/read` says: `{"data":"…","offset":N}`.
///
/// Read by hand: an agent puts a file's bytes into the text as they are, so that a cut character, or an output that is no
/// UTF-8, makes it a text that no JSON decoder takes; and the offset of the next read is counted in bytes.
struct FileReadAnswer: Hashable, Sendable {
    /// As in the file.
    var data: [UInt8] = []
    /// As asked for, or the file's size.
    var offset: Int64 = 0

    /// Reads an answer; nil when it is anything else.
    init?(_ body: [UInt8]) {
        var rest = body[...]
        guard Self.take("{", &rest) else { return nil }
        var seen: Set<[UInt8]> = []
        repeat {
            guard let name = Self.string(&rest), seen.insert(name).inserted, Self.take(":", &rest) else { return nil }
            if name.elementsEqual("data".utf8) {
                guard let text = Self.string(&rest) else { return nil }
                data = text
            } else if name.elementsEqual("offset".utf8) {
                guard let number = Self.number(&rest) else { return nil }
                offset = number
            } else {
                return nil
            }
        } while Self.take(",", &rest)
        guard Self.take("}", &rest), rest.allSatisfy(Self.isBlank), seen.count == 2 else { return nil }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func take(_ character: Character, _ rest: inout ArraySlice<UInt8>) -> Bool {
        rest = rest.drop(while: isBlank)
        guard let byte = rest.first, byte == character.asciiValue else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        rest = rest.drop(while: isBlank)
        let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        rest = rest.dropFirst(digits.count)
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    /// The bytes between two quotes, escapes resolved, all else as it is.
    private static func string(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard take("\"", &rest) else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return bytes }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "/"): bytes.append(UInt8(ascii: "/"))
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = scalar(&rest) else { return nil }
                bytes += Array(String(scalar).utf8)
            default: return nil
            }
        }
        return nil
    }

    /// What follows `\u`, the second half of a pair included; half a pair is U+FFFD.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = unit(&rest) else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), rest.starts(with: #"\u"#.utf8) else { return "\u{FFFD}" }
        var behind = rest.dropFirst(2)
        guard let second = unit(&behind) else { return nil }
        guard UTF16.isTrailSurrogate(second) else { return "\u{FFFD}" }
        rest = behind
        return Unicode.Scalar(0x1_0000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        let digits = rest.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        rest = rest.dropFirst(4)
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
