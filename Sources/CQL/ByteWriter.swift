/// Writes the protocol's notations.
///
/// What is longer than its notation can say is cut off at a whole character: callers check what comes from outside.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func short(_ value: UInt16) { bytes += [UInt8(value >> 8), UInt8(value & 0xFF)] }
    mutating func int(_ value: Int32) { number(UInt64(UInt32(bitPattern: value)), 4) }
    mutating func long(_ value: Int64) { number(UInt64(bitPattern: value), 8) }

    private mutating func number(_ value: UInt64, _ count: Int) {
        for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (UInt64(place) * 8))) }
    }

    mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    mutating func string(_ value: String) {
        let text = value.utf8.count <= 65_535 ? value : String(decoding: value.utf8.prefix(65_532), as: UTF8.self)
        let cut = Array(text.utf8.prefix(65_535))
        short(UInt16(cut.count))
        raw(cut)
    }

    mutating func longString(_ value: String) {
        int(Int32(clamping: value.utf8.count))
        raw(value.utf8)
    }

    mutating func shortBytes(_ value: [UInt8]) {
        short(UInt16(clamping: value.count))
        raw(value.prefix(65_535))
    }

    mutating func bytes(_ value: [UInt8]?) {
        guard let value else { return int(-1) }
        int(Int32(clamping: value.count))
        raw(value)
    }

    mutating func value(_ value: BoundValue) {
        switch value {
        case .bytes(let value): bytes(value)
        case .null: int(-1)
        case .unset: int(-2)
        }
    }

    mutating func strings(_ value: [String]) {
        short(UInt16(clamping: value.count))
        for string in value.prefix(65_535) { self.string(string) }
    }

    /// One behind the other, without their number.
    mutating func strings(_ first: String, _ second: String, _ third: String) {
        for string in [first, second, third] { self.string(string) }
    }

    /// In order of the key, so that the same map is the same bytes.
    mutating func stringMap(_ value: [String: String]) {
        short(UInt16(clamping: value.count))
        for (key, text) in value.sorted(by: { $0.key < $1.key }).prefix(65_535) {
            string(key)
            string(text)
        }
    }

    /// In order of the key.
    mutating func stringMultimap(_ value: [String: [String]]) {
        short(UInt16(clamping: value.count))
        for (key, texts) in value.sorted(by: { $0.key < $1.key }).prefix(65_535) {
            string(key)
            strings(texts)
        }
    }
}
