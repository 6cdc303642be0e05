/// A protobuf message's fields, read by hand, so that these tests do not lean on the generated code.
struct Wire: Hashable {
    private enum Field: Hashable {
        case number(UInt64)
        case bytes([UInt8])
    }

    private var fields: [(key: UInt64, value: Field)] = []

    static func == (left: Self, right: Self) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.key == $1.key && $0.value == $1.value }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(fields.map(\.value)) }

    /// nil when the bytes are no message.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest) else { return nil }
            let count: UInt64
            switch tag & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                fields.append((tag >> 3, .number(value)))
                continue
            case 1: count = 8
            case 2:
                guard let length = Self.varint(&rest) else { return nil }
                count = length
            default: return nil
            }
            guard count <= UInt64(rest.count) else { return nil }
            fields.append((tag >> 3, .bytes(Array(rest.prefix(Int(count))))))
            rest = rest.dropFirst(Int(count))
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }

    func number(_ key: UInt64) -> UInt64? {
        fields.lazy.compactMap { if $0.key == key, case .number(let number) = $0.value { number } else { nil } }.first
    }

    func all(_ key: UInt64) -> [[UInt8]] {
        fields.compactMap { if $0.key == key, case .bytes(let bytes) = $0.value { bytes } else { nil } }
    }

    func messages(_ key: UInt64) -> [Wire] { all(key).compactMap { Wire($0) } }
    func message(_ key: UInt64) -> Wire? { messages(key).first }
    func text(_ key: UInt64) -> String? { all(key).first.map { String(decoding: $0, as: UTF8.self) } }
    /// The text inside an id.
    func id(_ key: UInt64) -> String? { message(key)?.text(1) }
    /// A double's value.
    func double(_ key: UInt64) -> Double? {
        all(key).first.map { Double(bitPattern: $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }

    // MARK: writing

    /// One field that holds a text or a message; nothing here is longer than 127 bytes.
    static func field(_ key: UInt8, _ bytes: [UInt8]) -> [UInt8] { [key << 3 | 2, UInt8(bytes.count)] + bytes }
    static func field(_ key: UInt8, _ text: String) -> [UInt8] { field(key, Array(text.utf8)) }
    static func field(_ key: UInt8, id: String) -> [UInt8] { field(key, field(1, id)) }
    static func field(_ key: UInt8, number: UInt8) -> [UInt8] { [key << 3, number] }
}
