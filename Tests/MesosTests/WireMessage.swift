/// A protobuf message as its wire fields: written and read by hand, so that tests do not lean on the generated code.
struct WireMessage: Hashable {
    enum Field: Hashable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])
    }

    private(set) var fields: [(number: UInt64, field: Field)] = []

    init() {}

    static func == (left: Self, right: Self) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.number == $1.number && $0.field == $1.field }
    }

    func hash(into hasher: inout Hasher) {
        for (number, field) in fields {
            hasher.combine(number)
            hasher.combine(field)
        }
    }

    // MARK: Writing

    func with(_ number: UInt64, _ field: Field) -> Self {
        var copy = self
        copy.fields.append((number, field))
        return copy
    }

    func with(_ number: UInt64, _ value: Int) -> Self { with(number, .varint(UInt64(bitPattern: Int64(value)))) }
    func with(_ number: UInt64, _ value: Double) -> Self { with(number, .fixed64(value.bitPattern)) }
    func with(_ number: UInt64, _ text: String) -> Self { with(number, .bytes(Array(text.utf8))) }
    func with(_ number: UInt64, _ message: WireMessage) -> Self { with(number, .bytes(message.bytes)) }
    /// An id, a scalar, a text: a message with one field.
    func with(_ number: UInt64, value: String) -> Self { with(number, WireMessage().with(1, value)) }

    var bytes: [UInt8] {
        var out: [UInt8] = []
        for (number, field) in fields {
            switch field {
            case .varint(let value):
                append(number << 3, to: &out)
                append(value, to: &out)
            case .fixed64(let value):
                append(number << 3 | 1, to: &out)
                for shift in stride(from: 0, to: 64, by: 8) {
                    out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
                }
            case .bytes(let bytes):
                append(number << 3 | 2, to: &out)
                append(UInt64(bytes.count), to: &out)
                out += bytes
            }
        }
        return out
    }

    private func append(_ value: UInt64, to out: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }

    // MARK: Reading

    /// nil when the bytes are no message.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest) else { return nil }
            switch tag & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                fields.append((tag >> 3, .varint(value)))
            case 1:
                guard rest.count >= 8 else { return nil }
                let value = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                rest = rest.dropFirst(8)
                fields.append((tag >> 3, .fixed64(value)))
            case 2:
                guard let count = Self.varint(&rest), count <= UInt64(rest.count) else { return nil }
                fields.append((tag >> 3, .bytes(Array(rest.prefix(Int(count))))))
                rest = rest.dropFirst(Int(count))
            default: return nil
            }
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst(), shift < 64 {
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    func all(_ number: UInt64) -> [Field] { fields.filter { $0.number == number }.map(\.field) }

    func messages(_ number: UInt64) -> [WireMessage] {
        all(number).compactMap { if case .bytes(let bytes) = $0 { WireMessage(bytes) } else { nil } }
    }

    func message(_ number: UInt64) -> WireMessage? { messages(number).first }

    func texts(_ number: UInt64) -> [String] {
        all(number).compactMap {
            if case .bytes(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    func text(_ number: UInt64) -> String? { texts(number).first }

    func data(_ number: UInt64) -> [UInt8]? {
        if case .bytes(let bytes) = all(number).first { bytes } else { nil }
    }

    func number(_ number: UInt64) -> UInt64? {
        if case .varint(let value) = all(number).first { value } else { nil }
    }

    func double(_ number: UInt64) -> Double? {
        if case .fixed64(let bits) = all(number).first { Double(bitPattern: bits) } else { nil }
    }

    /// The id, scalar or text inside a message of one field.
    func value(_ number: UInt64) -> String? { message(number)?.text(1) }

    /// Without these fields.
    func without(_ numbers: Set<UInt64>) -> Self {
        var copy = self
        copy.fields.removeAll { numbers.contains($0.number) }
        return copy
    }

    /// With each message of this field changed.
    func mapping(_ number: UInt64, _ change: (WireMessage) -> WireMessage) -> Self {
        var copy = self
        copy.fields = fields.map { found, field in
            guard found == number, case .bytes(let bytes) = field, let message = WireMessage(bytes) else {
                return (found, field)
            }
            return (found, .bytes(change(message).bytes))
        }
        return copy
    }
}
