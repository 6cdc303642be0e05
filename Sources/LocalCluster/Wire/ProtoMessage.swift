/// One protobuf message, cut into its fields; nothing is known of their meaning.
package struct ProtoMessage {
    private enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var fields: [(number: Int, value: Value)] = []

    /// nil for bytes that are no message.
    package init?(_ bytes: some Sequence<UInt8>) {
        var rest = ArraySlice(Array(bytes))
        while !rest.isEmpty {
            guard let key = Self.varint(&rest), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
            let value: Value
            switch key & 7 {
            case 0:
                guard let number = Self.varint(&rest) else { return nil }
                value = .varint(number)
            case 1:
                guard let number = Self.fixed(&rest, bytes: 8) else { return nil }
                value = .fixed64(number)
            case 2:
                guard let count = Self.varint(&rest), count <= UInt64(rest.count) else { return nil }
                value = .bytes(rest.prefix(Int(count)))
                rest = rest.dropFirst(Int(count))
            case 5:
                guard let number = Self.fixed(&rest, bytes: 4) else { return nil }
                value = .varint(number)
            default: return nil
            }
            fields.append((Int(key >> 3), value))
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func fixed(_ rest: inout ArraySlice<UInt8>, bytes: Int) -> UInt64? {
        guard rest.count >= bytes else { return nil }
        let value = rest.prefix(bytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(bytes)
        return value
    }

    // The last of several counts, as protobuf has it.

    package func has(_ number: Int) -> Bool { fields.contains { $0.number == number } }

    package func uint(_ number: Int) -> UInt64? {
        for field in fields.reversed() where field.number == number {
            if case .varint(let value) = field.value { return value }
        }
        return nil
    }

    package func double(_ number: Int) -> Double? {
        for field in fields.reversed() where field.number == number {
            if case .fixed64(let value) = field.value { return Double(bitPattern: value) }
        }
        return nil
    }

    package func data(_ number: Int) -> [UInt8]? { all(number).last.map { Array($0) } }

    package func string(_ number: Int) -> String? { data(number).map { String(decoding: $0, as: UTF8.self) } }

    package func strings(_ number: Int) -> [String] { all(number).map { String(decoding: $0, as: UTF8.self) } }

    package func message(_ number: Int) -> ProtoMessage? { all(number).last.flatMap { ProtoMessage($0) } }

    package func messages(_ number: Int) -> [ProtoMessage] { all(number).compactMap { ProtoMessage($0) } }

    /// Field 1 of a message: the text of an id.
    package func id(_ number: Int) -> String? { message(number)?.string(1) }

    private func all(_ number: Int) -> [ArraySlice<UInt8>] {
        fields.compactMap { field in
            guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
            return bytes
        }
    }
}
