import ZooKeeper

/// How a state lies in ZooKeeper, below one node.
///
///     <path>            the form's version
///     <path>/epoch      a number: who may commit
///     <path>/seq        two numbers: the last commit's, and the epoch that it was made under
///     <path>/lock       a node each process that wants to act
///     <path>/records/XX one of 256 buckets, a node each record
///
/// No node has over a thousand children: ZooKeeper lists all of them in one answer of at most a megabyte.
struct ZooKeeperTree: Hashable, Sendable {
    /// Of the form that is described here.
    static let version = 1
    static let childrenMax = 1_000
    private static let title = "understudy state "

    let path: String

    /// The node that has to be there before.
    var parent: String { "/" + path.split(separator: "/").dropLast().joined(separator: "/") }
    var epoch: String { "\(path)/epoch" }
    var sequence: String { "\(path)/seq" }
    var lock: String { "\(path)/lock" }
    var records: String { "\(path)/records" }
    var buckets: [String] { (0...UInt8.max).map { bucket($0) } }

    private func bucket(_ number: UInt8) -> String { "\(records)/\(Self.hex(number))" }

    private static func hex(_ byte: UInt8) -> String {
        byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }

    /// Which bucket a record is in: the same for ever.
    static func bucket(of key: String) -> Int {
        // FNV-1a over 32 bits; its low byte is spread as evenly as any.
        Int(key.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 } & 0xFF)
    }

    func node(of key: String) -> String { "\(bucket(UInt8(Self.bucket(of: key))))/\(Self.name(of: key))" }

    /// A key as the name of a node: with a mark in front, since ZooKeeper takes no `.` and no `..`, and another for each
    /// `/`; ``StateLimits`` lets neither into a key.
    static func name(of key: String) -> String {
        "+" + key.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "=")
    }

    /// The key that a node is named by; nil for one that no record of ours has.
    static func key(of name: String) -> String? {
        guard name.hasPrefix("+"), !name.contains("/") else { return nil }
        return name.dropFirst().split(separator: "=", omittingEmptySubsequences: false).joined(separator: "/")
    }

    /// What the first node holds.
    static let mark = Array("\(title)\(version)\n".utf8)

    /// What the first node says that it is.
    enum Mark: Hashable {
        case ours
        /// Nothing, yet.
        case empty
        case newer
        case foreign
    }

    static func mark(of data: [UInt8]) -> Mark {
        if data == mark { return .ours }
        if data.isEmpty { return .empty }
        let text = String(decoding: data.prefix(100), as: UTF8.self)
        guard text.hasPrefix(title), text.hasSuffix("\n"),
            let version = Int(text.dropFirst(title.count).dropLast())
        else { return .foreign }
        return version > Self.version ? .newer : .foreign
    }

    /// What makes a new state, as a whole.
    func making(overEmpty isThere: Bool) -> [ZooKeeperOperation] {
        let first: ZooKeeperOperation =
            isThere ? .set(path: path, data: Self.mark, version: nil) : .create(path: path, data: Self.mark)
        return [first]
            + [
                .create(path: epoch, data: Array("0".utf8)), .create(path: sequence, data: Array("0 0".utf8)),
                .create(path: lock, data: []), .create(path: records, data: []),
            ] + buckets.map { .create(path: $0, data: []) }
    }

    /// Reads numbers that are written in a node.
    static func numbers(_ data: [UInt8], _ count: Int) -> [Int64]? {
        guard data.count <= 60 else { return nil }
        let numbers = String(decoding: data, as: UTF8.self).split(separator: " ").map { Int64($0) }
        let found = numbers.compactMap { $0.flatMap { $0 >= 0 ? $0 : nil } }
        return found.count == count && numbers.count == count ? found : nil
    }
}
