/// Where the scheduler's state lives: records under keys, changed in batches under an epoch.
///
/// Every implementation passes the suite in `Tests/StateStoreKit`.
public protocol StateStore: Sendable {
    /// Claims the store and returns everything in it but records under ``StateLimits/lazyPrefix``.
    ///
    /// Takes the next epoch, so that commits of whoever held the store before are refused.
    ///
    /// - Throws: `state.locked`, `state.corrupt`, `state.newer_format`, `state.io`, `state.lost`, `state.denied`,
    ///   `state.closed`.
    func open() async throws(StateStoreError) -> StoredState

    /// Reads one record under ``StateLimits/lazyPrefix``, as the last commit left it.
    ///
    /// - Parameter key: beginning with the prefix.
    /// - Returns: nil when there is none.
    /// - Throws: `state.limit` for any other key, `state.corrupt` when what is there is damaged, `state.io`,
    ///   `state.closed`.
    func read(_ key: String) async throws(StateStoreError) -> [UInt8]?

    /// Applies all changes, in their order, durably, or none.
    ///
    /// - Parameters:
    ///   - changes: within ``StateLimits``; none at all is allowed and changes nothing.
    ///   - epoch: as ``open()`` gave it.
    /// - Returns: the sequence number of this commit; it grows by one with each.
    /// - Throws: `state.fenced` when somebody has opened the store since (an empty batch hears of it too), `state.limit`,
    ///   `state.denied`, `state.closed`: nothing has changed then. `state.io`, `state.lost`: whoever gets it opens the
    ///   store again before relying on either. A cancelled task's commit is no exception: it happens, or throws one of these.
    func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64

    /// Removes the store itself, file or node, once all its records are deleted; nothing can be done with it afterwards.
    ///
    /// To be called by whoever has it open.
    ///
    /// - Throws: `state.io` when it could not be removed, or holds what is not ours; `state.fenced`, `state.lost`,
    ///   `state.denied`, `state.closed`.
    func destroy() async throws(StateStoreError)

    /// Gives the store back; safe to repeat.
    func close() async
}

/// One record.
public struct StateRecord: Hashable, Sendable {
    /// See ``StateLimits/keyBytesMax``.
    public let key: String
    /// Whatever was put there.
    public let value: [UInt8]

    /// Wraps both.
    public init(key: String, value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// One change of a batch.
public enum StateChange: Hashable, Sendable {
    /// Makes or replaces a record.
    case put(key: String, value: [UInt8])
    /// Removes a record; one that is not there is removed already.
    case delete(key: String)

    var key: String {
        switch self {
        case .put(let key, _), .delete(let key): key
        }
    }

    /// In bytes, of key and value, as ``StateLimits/batchBytesMax`` counts.
    public var size: Int {
        switch self {
        case .put(let key, let value): key.utf8.count + value.count
        case .delete(let key): key.utf8.count
        }
    }
}

/// Everything in a store but what is read lazily, as it was when it was opened.
public struct StoredState: Hashable, Sendable {
    /// To be named in every commit; greater than any before.
    public let epoch: Int64
    /// Of the last commit; 0 in a new store.
    public let sequence: Int64
    /// Sorted by key, byte by byte.
    public let records: [StateRecord]

    /// Wraps the three.
    public init(epoch: Int64, sequence: Int64, records: [StateRecord]) {
        self.epoch = epoch
        self.sequence = sequence
        self.records = records
    }
}

/// What a store takes: the smallest of what any of them can.
public enum StateLimits {
    /// Of letters, digits and `.` `_` `/` `-`; ZooKeeper takes more, but a path has to stay readable in its tools.
    public static let keyBytesMax = 200
    /// Four of the largest fit into one ZooKeeper request of 1 MiB.
    public static let valueBytesMax = 256 * 1_024
    /// Keys and values of a batch; a ZooKeeper `multi` holds 1 MiB with its own overhead.
    public static let batchBytesMax = 512 * 1_024
    /// Changes of a batch; the overhead of each in a ZooKeeper `multi` is some 100 bytes.
    public static let batchChangesMax = 1_000

    /// Records whose key begins so are left out when a store is opened, and read one at a time.
    ///
    /// For what grows without end and is seldom asked for: however many there are, a start takes as long as before.
    public static let lazyPrefix = "ended/"

    /// Checks the key of a record that is to be read alone.
    ///
    /// - Throws: `state.limit`, for one that is not lazy or no key.
    public static func check(lazy key: String) throws(StateStoreError) {
        try check(key: key)
        guard key.hasPrefix(lazyPrefix) else {
            throw StateStoreError(.limit, "record \(key) is not read alone: its key does not begin with \(lazyPrefix)")
        }
    }

    /// Checks a batch; every store calls it before it touches anything.
    ///
    /// - Parameter changes: from the caller.
    /// - Throws: `state.limit`, naming the key.
    public static func check(_ changes: [StateChange]) throws(StateStoreError) {
        guard changes.count <= batchChangesMax else {
            throw StateStoreError(.limit, "a batch of \(changes.count) changes is over the limit of \(batchChangesMax)")
        }
        var bytes = 0
        for change in changes {
            let key = change.key
            try check(key: key)
            if case .put(_, let value) = change, value.count > valueBytesMax {
                throw StateStoreError(.limit, "record \(key) has \(value.count) bytes, more than \(valueBytesMax)")
            }
            bytes += change.size
        }
        guard bytes <= batchBytesMax else {
            throw StateStoreError(.limit, "a batch of \(bytes) bytes is over the limit of \(batchBytesMax)")
        }
    }

    private static func check(key: String) throws(StateStoreError) {
        guard (1...keyBytesMax).contains(key.utf8.count), key.utf8.allSatisfy(isKeyByte) else {
            let shown = String(decoding: key.utf8.prefix(60), as: UTF8.self)
            throw StateStoreError(.limit, "key \(shown) has to be 1 to \(keyBytesMax) of [A-Za-z0-9._/-]")
        }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
