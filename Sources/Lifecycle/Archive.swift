public import Model

/// What is remembered of a run whose record is in the archive: enough to find it.
public struct EndedRun: Hashable, Sendable {
    /// Ours.
    public let id: RunID
    /// The asker's own name for it; nil for none.
    public let key: String?
    /// Of which data.
    public let source: SourceName
    /// When it was admitted.
    public let createdAt: Instant
    /// When it ended.
    public let endedAt: Instant

    /// Wraps all of it.
    public init(id: RunID, key: String?, source: SourceName, createdAt: Instant, endedAt: Instant) {
        self.id = id
        self.key = key
        self.source = source
        self.createdAt = createdAt
        self.endedAt = endedAt
    }

    init(_ run: Run) {
        self.init(
            id: run.id,
            key: run.spec.key,
            source: run.spec.source,
            createdAt: run.createdAt,
            endedAt: run.phaseSince
        )
    }
}

/// Runs that ended, and of which nothing is left to become, in chunks, the oldest first.
///
/// What became of them is in a chunk's record, which is read when somebody asks: only how to find it is here.
public struct Archive: Sendable {
    /// Where a run's record is.
    public struct Place: Hashable, Sendable {
        /// The chunk's number.
        public let chunk: Int
        /// From 0.
        public let line: Int
    }

    /// Runs that were put away together; it never changes.
    public struct Chunk: Sendable {
        /// Greater than that of every older chunk.
        public let number: Int
        /// In the order of the record's lines.
        public let runs: [EndedRun]
        fileprivate let lines: [RunID: Int]
        fileprivate let keys: [String: Int]
        fileprivate let lastEnd: Instant
        /// The youngest of this chunk and all that are older.
        fileprivate var youngest: Instant

        /// Wraps both.
        ///
        /// - Parameters:
        ///   - number: from 1.
        ///   - runs: at least one.
        public init(number: Int, runs: [EndedRun]) {
            self.number = number
            self.runs = runs
            lines = Dictionary(runs.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
            let keyed = runs.enumerated().compactMap { line, run in run.key.map { ($0, line) } }
            keys = Dictionary(keyed, uniquingKeysWith: { first, _ in first })
            lastEnd = runs.map(\.endedAt).max() ?? Instant(milliseconds: 0)
            youngest = runs.map(\.createdAt).max() ?? Instant(milliseconds: 0)
        }
    }

    /// The oldest first.
    public private(set) var chunks: [Chunk] = []
    /// Runs in all of them.
    public private(set) var count = 0
    /// Of the next chunk.
    public private(set) var nextNumber = 1

    /// Begins with what was stored.
    ///
    /// - Parameter chunks: in any order.
    public init(_ chunks: [Chunk] = []) {
        for chunk in chunks.sorted(by: { $0.number < $1.number }) { append(chunk) }
    }

    mutating func append(_ chunk: Chunk) {
        var chunk = chunk
        chunk.youngest = max(chunk.youngest, chunks.last?.youngest ?? chunk.youngest)
        chunks.append(chunk)
        count += chunk.runs.count
        nextNumber = max(nextNumber, chunk.number + 1)
    }

    /// Drops the oldest chunks.
    ///
    /// - Parameter isOver: judges a chunk by how many runs it has, and when the last of them ended.
    /// - Returns: the numbers of those that were dropped.
    mutating func prune(while isOver: (_ runs: Int, _ lastEnd: Instant, _ count: Int) -> Bool) -> [Int] {
        let dropped = chunks.prefix { chunk in
            guard isOver(chunk.runs.count, chunk.lastEnd, count) else { return false }
            count -= chunk.runs.count
            return true
        }
        chunks.removeFirst(dropped.count)
        return dropped.map(\.number)
    }

    /// Where this run's record is; nil when it is in none.
    public func place(of id: RunID) -> Place? {
        find { $0.lines[id] }.map { Place(chunk: $0.chunk.number, line: $0.line) }
    }

    /// What is remembered of this run; nil for nothing.
    public subscript(id: RunID) -> EndedRun? { find { $0.lines[id] }.map { $0.chunk.runs[$0.line] } }

    /// The run that was asked for under this key; nil for none.
    public func run(withKey key: String) -> RunID? { find { $0.keys[key] }.map { $0.chunk.runs[$0.line].id } }

    /// The youngest chunks first: what is asked for has mostly ended lately.
    private func find(_ line: (Chunk) -> Int?) -> (chunk: Chunk, line: Int)? {
        for chunk in chunks.reversed() {
            if let line = line(chunk) { return (chunk, line) }
        }
        return nil
    }

    /// The youngest that are wanted.
    ///
    /// - Parameters:
    ///   - limit: at most so many.
    ///   - isWanted: false for what is to be left out.
    /// - Returns: the youngest first.
    public func youngest(_ limit: Int, where isWanted: (EndedRun) -> Bool) -> [EndedRun] {
        var found: [EndedRun] = []
        for chunk in chunks.reversed() {
            // All that is older than this chunk, and it itself, was created before the last one that counts.
            if found.count == limit, let last = found.last, chunk.youngest < last.createdAt { break }
            let all = found + chunk.runs.filter(isWanted)
            found = Array(all.sorted { $1.listPlace < $0.listPlace }.prefix(limit))
        }
        return found
    }
}

/// Where a run stands among all: the older before the younger.
public struct ListPlace: Comparable, Sendable {
    /// When it was admitted.
    public let createdAt: Instant
    /// Of runs of one instant, decides.
    public let id: RunID

    /// By age.
    public static func < (one: Self, other: Self) -> Bool { (one.createdAt, one.id) < (other.createdAt, other.id) }
}

extension Run {
    /// Where it stands among all.
    public var listPlace: ListPlace { ListPlace(createdAt: createdAt, id: id) }
}

extension EndedRun {
    /// Where it stands among all.
    public var listPlace: ListPlace { ListPlace(createdAt: createdAt, id: id) }
}
