/// Writes protobuf for the tests; shares no line with what is tested.
struct TestWire {
    private(set) var bytes: [UInt8] = []

    init() {}

    init(_ build: (inout TestWire) -> Void) { build(&self) }

    mutating func number(_ field: Int, _ value: UInt64) {
        varint(UInt64(field * 8))
        varint(value)
    }

    mutating func double(_ field: Int, _ value: Double) {
        varint(UInt64(field * 8 + 1))
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift * 8))) }
    }

    mutating func data(_ field: Int, _ value: [UInt8]) {
        varint(UInt64(field * 8 + 2))
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ build: (inout TestWire) -> Void) { data(field, TestWire(build).bytes) }

    /// A message whose field 1 is a text.
    mutating func id(_ field: Int, _ value: String) { message(field) { $0.text(1, value) } }

    private mutating func varint(_ value: UInt64) {
        var value = value
        repeat {
            bytes.append(UInt8(value & 127) + (value > 127 ? 128 : 0))
            value >>= 7
        } while value > 0
    }
}

/// A message that was read: fields by number, in order.
struct TestMessage {
    private(set) var numbers: [Int: [UInt64]] = [:]
    private(set) var texts: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) {
        var at = 0
        func varint() -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while at < bytes.count {
                let byte = bytes[at]
                at += 1
                value |= UInt64(byte & 127) << shift
                if byte < 128 { break }
                shift += 7
            }
            return value
        }
        while at < bytes.count {
            let key = varint()
            let field = Int(key / 8)
            switch key % 8 {
            case 0: numbers[field, default: []].append(varint())
            case 1:
                numbers[field, default: []].append((0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64($1 * 8) })
                at += 8
            default:
                let count = Int(varint())
                texts[field, default: []].append(Array(bytes[at..<at + count]))
                at += count
            }
        }
    }

    func number(_ field: Int) -> UInt64? { numbers[field]?.last }
    func double(_ field: Int) -> Double? { number(field).map(Double.init(bitPattern:)) }
    func data(_ field: Int) -> [UInt8]? { texts[field]?.last }
    func text(_ field: Int) -> String? { data(field).map { String(decoding: $0, as: UTF8.self) } }
    func message(_ field: Int) -> TestMessage? { data(field).map(TestMessage.init) }
    func messages(_ field: Int) -> [TestMessage] { texts[field, default: []].map(TestMessage.init) }
    func id(_ field: Int) -> String? { message(field)?.text(1) }

    /// The paths of all fields; what is no message in `messages` is a leaf.
    func shape(_ messages: Set<String>, under prefix: String = "") -> Set<String> {
        var paths = Set(numbers.keys.map { "\(prefix)\($0)" })
        for (field, values) in texts {
            let path = "\(prefix)\(field)"
            guard messages.contains(path) else {
                paths.insert(path)
                continue
            }
            for value in values { paths.formUnion(TestMessage(value).shape(messages, under: path + ".")) }
        }
        return paths
    }
}
