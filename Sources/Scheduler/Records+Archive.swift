import FoundationEssentials
public import Lifecycle
import Model
import StateStore

/// The archive in the store: a lazy record of up to 256 KiB a chunk, one run a line, and a record that finds them.
extension Records {
    static let indexPrefix = "ended-index/"

    /// What finds the runs of one chunk, column by column: a hundred thousand runs are read like this in a fraction of
    /// the time that as many objects take.
    private struct Index: Codable {
        var ids: [String] = []
        /// Empty for a run without a key.
        var keys: [String] = []
        var sources: [String] = []
        /// Milliseconds since 1970.
        var created: [Int64] = []
        /// Milliseconds since 1970.
        var ended: [Int64] = []
    }

    /// Of a batch that makes a chunk: the rest are the chunk's own bytes, and what a change takes beside its key.
    private static let changesMax = StateLimits.batchChangesMax / 2
    private static let linesMax = changesMax / 4

    /// The key of a chunk's lazy record.
    public static func chunkKey(_ number: Int) -> String { "\(StateLimits.lazyPrefix)\(number)" }

    /// Moves runs of which nothing is left to become into the archive.
    ///
    /// - Returns: a batch for each chunk; each is to be committed as a whole.
    static func archive(_ state: inout SystemState, at now: Instant) throws(SchedulerError) -> [[StateChange]] {
        var batches: [[StateChange]] = []
        var runs = state.archivable(at: now)[...]
        while runs.count >= state.settings.archiveBatch {
            let lines = try lines(&runs)
            // One that is too large for a line stays as it is until it is forgotten.
            guard !lines.isEmpty else { continue }
            batches.append(try batch(lines, &state))
        }
        return batches
    }

    /// Takes as many of the first as fit into a chunk.
    private static func lines(_ runs: inout ArraySlice<Run>) throws(SchedulerError) -> [(run: Run, bytes: [UInt8])] {
        var lines: [(Run, [UInt8])] = []
        var size = 0
        var changes = 0
        while let run = runs.first, lines.count < linesMax {
            let bytes = try encode(run, runPrefix + run.id.value)
            if size + bytes.count + 1 > StateLimits.valueBytesMax || changes + run.copiesMax > changesMax {
                if lines.isEmpty { runs.removeFirst() }
                break
            }
            size += bytes.count + 1
            changes += run.copiesMax
            lines.append((run, bytes))
            runs.removeFirst()
        }
        return lines
    }

    private static func batch(
        _ lines: [(run: Run, bytes: [UInt8])],
        _ state: inout SystemState
    ) throws(SchedulerError) -> [StateChange] {
        let number = state.archive.nextNumber
        let copies = state.archive(lines.map(\.run))
        var index = Index()
        for run in state.archive.chunks.last?.runs ?? [] {
            index.ids.append(run.id.value)
            index.keys.append(run.key ?? "")
            index.sources.append(run.source.value)
            index.created.append(run.createdAt.milliseconds)
            index.ended.append(run.endedAt.milliseconds)
        }
        var batch = [
            StateChange.put(key: chunkKey(number), value: Array(lines.map(\.bytes).joined(separator: [newline]))),
            try put("\(indexPrefix)\(number)", index),
        ]
        batch += lines.map { .delete(key: runPrefix + $0.run.id.value) }
        batch += copies.map { .delete(key: copyPrefix + $0.value) }
        return batch
    }

    /// Removes a chunk, and what finds it.
    static func forget(chunk number: Int) -> [StateChange] {
        [.delete(key: "\(indexPrefix)\(number)"), .delete(key: chunkKey(number))]
    }

    /// Reads what finds a chunk's runs.
    static func chunk(_ record: StateRecord) throws -> Archive.Chunk {
        guard let number = Int(record.key.dropFirst(indexPrefix.count)), number > 0 else {
            throw SchedulerError(.stateFormat, "record \(record.key) has no number in its key")
        }
        let index = try JSONDecoder().decode(Index.self, from: Data(record.value))
        let counts = Set([index.keys.count, index.sources.count, index.created.count, index.ended.count])
        guard !index.ids.isEmpty, counts == [index.ids.count] else {
            throw SchedulerError(.stateFormat, "record \(record.key) has columns of different lengths")
        }
        // Few, and the same for thousands of runs: each is kept once.
        var sources: [String: SourceName] = [:]
        let runs = index.ids.indices.map { line in
            let source = sources[index.sources[line]] ?? SourceName(index.sources[line])
            sources[index.sources[line]] = source
            return EndedRun(
                id: RunID(index.ids[line]),
                key: index.keys[line].isEmpty ? nil : index.keys[line],
                source: source,
                createdAt: Instant(milliseconds: index.created[line]),
                endedAt: Instant(milliseconds: index.ended[line])
            )
        }
        return Archive.Chunk(number: number, runs: runs)
    }

    /// Reads runs from a chunk.
    ///
    /// - Parameters:
    ///   - lines: which, from 0.
    ///   - bytes: the whole record.
    ///   - number: for messages.
    /// - Returns: in the order of the lines asked for.
    /// - Throws: `scheduler.state_format`, naming record and line.
    public static func runs(
        _ lines: [Int],
        in bytes: [UInt8],
        of number: Int
    ) throws(SchedulerError) -> [Run] {
        let parts = bytes.split(separator: newline, omittingEmptySubsequences: false)
        var runs: [Run] = []
        for line in lines {
            guard parts.indices.contains(line) else {
                throw SchedulerError(.stateFormat, "record \(chunkKey(number)) ends before line \(line + 1)")
            }
            do { runs.append(try JSONDecoder().decode(Run.self, from: Data(parts[line]))) } catch {
                throw SchedulerError(
                    .stateFormat,
                    "line \(line + 1) of record \(chunkKey(number)) cannot be read: \(error)"
                )
            }
        }
        return runs
    }

    /// Ends a line; what JSON has of it inside a text is escaped.
    private static let newline = UInt8(ascii: "\n")
}

extension Run {
    /// How many copies were made for it, at most, and the run itself.
    fileprivate var copiesMax: Int { clones.count + snapshotAttempts + 2 }
}
