extension CQLValue: CustomStringConvertible {
    /// As a statement would have it; a text of its own stands without quotes.
    public var description: String {
        if case .text(let text) = self { return text }
        return literal
    }

    /// As a statement would have it.
    public var literal: String {
        switch self {
        case .text(let text):
            "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .bigint(let number), .timestamp(let number): String(number)
        case .blob(let bytes): "0x" + Self.hex(bytes)
        case .boolean(let isTrue): String(isTrue)
        case .double(let number): String(number)
        case .float(let number): String(number)
        case .int(let number): String(number)
        case .uuid(let uuid): uuid.description
        case .inet(let bytes): "'" + Self.address(bytes) + "'"
        case .date(let days): String(Int64(days) - (1 << 31))
        case .smallint(let number): String(number)
        case .tinyint(let number): String(number)
        case .list(let elements): "[" + elements.map(\.literal).joined(separator: ", ") + "]"
        case .set(let elements): "{" + elements.map(\.literal).joined(separator: ", ") + "}"
        case .map(let entries):
            "{" + entries.map { "\($0.key.literal): \($0.value.literal)" }.joined(separator: ", ") + "}"
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func address(_ bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
