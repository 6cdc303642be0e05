import FoundationEssentials
public import Lifecycle
public import Model
public import StateStore

/// How the core's state lies in the store: one JSON record a run, a copy, and the framework.
public enum Records {
    private static let frameworkKey = "framework"
    private static let installKey = "install"
    private static let secretKey = "secret"
    private static let formatKey = "format"
    /// Of what is described here; a greater one is another version's, which this one must not touch.
    public static let format = 1
    private static let uninstallationKey = "uninstall"
    private static let sourcePrefix = "source/"
    static let runPrefix = "run/"
    static let copyPrefix = "copy/"
    /// Of a batch, well below what a store takes, so that one more record always fits.
    private static let batchBytes = 256 * 1_024
    /// Changes of a batch, at most.
    public static let batchChanges = 500

    /// What a store held.
    public struct Loaded: Sendable {
        /// nil in a new store, and in one that is older than the number.
        public var format: Int?
        /// nil in a new store.
        public var install: String?
        /// What logins are made from; nil in a store that is older than they are.
        public var secret: Secret?
        /// nil before the first subscription.
        public var frameworkID: FrameworkID?
        /// In no order.
        public var runs: [Run] = []
        /// In no order.
        public var copies: [Copy] = []
        /// How to find the runs of the archive.
        public var archive = Archive()
        /// Those given over the API, in no order.
        public var sources: [GivenSource] = []
        /// nil while nobody has asked for it.
        public var uninstallation: Uninstallation?
    }

    /// Of a request: what its run's record gains until its end has to fit beside it (``StateLimits/valueBytesMax``).
    private static let requestBytesMax = 96 * 1_024

    /// Judges a request by the room that it would take in its run's record.
    static func admit(_ spec: RunSpec) throws(AdmissionRefusal) {
        let bytes: Int
        do { bytes = try JSONEncoder().encode(spec).count } catch {
            throw AdmissionRefusal(.invalid, "run.not_storable", "the request cannot be stored: \(error)")
        }
        guard bytes <= requestBytesMax else {
            let message = "the request takes \(bytes) bytes as it is stored, and may take \(requestBytesMax)"
            throw AdmissionRefusal(.invalid, "run.too_large", message, field: "suite")
        }
    }

    /// Reads everything; a record that cannot be read is an error, never skipped.
    ///
    /// - Throws: `scheduler.state_format`, naming the record.
    public static func load(_ records: [StateRecord]) throws(SchedulerError) -> Loaded {
        var loaded = Loaded()
        var chunks: [Archive.Chunk] = []
        // First, so that what a newer version has added is not taken for damage.
        if let record = records.first(where: { $0.key == formatKey }) { loaded.format = try Self.format(in: record) }
        for record in records where record.key != formatKey {
            do {
                let data = Data(record.value)
                let decoder = JSONDecoder()
                if record.key == installKey {
                    loaded.install = try decoder.decode(String.self, from: data)
                } else if record.key == secretKey {
                    loaded.secret = Secret(try decoder.decode(String.self, from: data))
                } else if record.key == frameworkKey {
                    loaded.frameworkID = try decoder.decode(FrameworkID.self, from: data)
                } else if record.key.hasPrefix(runPrefix) {
                    loaded.runs.append(try decoder.decode(Run.self, from: data))
                } else if record.key.hasPrefix(copyPrefix) {
                    loaded.copies.append(try decoder.decode(Copy.self, from: data))
                } else if record.key == uninstallationKey {
                    loaded.uninstallation = try decoder.decode(Uninstallation.self, from: data)
                } else if record.key.hasPrefix(sourcePrefix) {
                    loaded.sources.append(try decoder.decode(GivenSource.self, from: data))
                } else if record.key.hasPrefix(indexPrefix) {
                    chunks.append(try chunk(record))
                } else {
                    throw SchedulerError(.stateFormat, "record \(record.key) is of no kind that this version knows")
                }
            } catch let error as SchedulerError {
                throw error
            } catch {
                throw SchedulerError(.stateFormat, "record \(record.key) cannot be read: \(error)")
            }
        }
        loaded.archive = Archive(chunks)
        return loaded
    }

    private static func format(in record: StateRecord) throws(SchedulerError) -> Int {
        guard let number = Int(String(decoding: record.value.prefix(20), as: UTF8.self)), number > 0 else {
            throw SchedulerError(.stateFormat, "record \(formatKey) holds no number")
        }
        guard number <= format else {
            throw SchedulerError(
                .stateFormat,
                "a newer version of Understudy has written this state (format \(number), this one knows \(format)): "
                    + "start that version or a later one; nothing was changed"
            )
        }
        return number
    }

    /// The record of the format that this version writes.
    public static func putFormat() throws(SchedulerError) -> StateChange { try put(formatKey, format) }

    /// The record of the installation's id.
    public static func put(install: String) throws(SchedulerError) -> StateChange { try put(installKey, install) }

    /// The record of the secret that logins are made from.
    public static func put(secret: Secret) throws(SchedulerError) -> StateChange {
        try put(secretKey, secret.reveal())
    }

    /// The record of an uninstallation that begins with the scheduler.
    public static func put(_ uninstallation: Uninstallation) throws(SchedulerError) -> StateChange {
        try put(uninstallationKey, uninstallation)
    }

    /// What takes every record back but the framework's and the uninstallation's.
    static func forgetting(_ state: SystemState) -> [[StateChange]] {
        var all: [StateChange] = state.runs.keys.sorted().map { .delete(key: runPrefix + $0.value) }
        all += state.copies.keys.sorted().map { .delete(key: copyPrefix + $0.value) }
        all += state.givenSources.keys.sorted().map { .delete(key: sourcePrefix + $0.value) }
        all += [.delete(key: secretKey), .delete(key: installKey), .delete(key: formatKey)]
        return state.archive.chunks.map { forget(chunk: $0.number) } + split(all, batchChanges)
    }

    /// What takes the last two back at once; the mark is that the uninstallation's stays.
    static func forgettingFramework(keepsMark: Bool) -> [StateChange] {
        [.delete(key: frameworkKey)] + (keepsMark ? [] : [.delete(key: uninstallationKey)])
    }

    /// True for the keys of a state of which an uninstallation has left its mark, and nothing else.
    public static func isMarkAlone(_ keys: [String]) -> Bool { keys == [uninstallationKey] }

    /// What has to be written for these changes.
    ///
    /// Almost always one batch. When there is more than a store takes at once, the ledger comes first: a copy without
    /// its run is condemned after a restart, while a run without its copy would wait for nothing.
    static func batches(
        for changes: SystemState.Changes,
        in state: SystemState,
        atMost batchChanges: Int = batchChanges
    ) throws(SchedulerError) -> [[StateChange]] {
        var all: [StateChange] = []
        if changes.framework {
            all.append(
                try state.frameworkID.map { id throws(SchedulerError) in try put(frameworkKey, id) }
                    ?? .delete(key: frameworkKey)
            )
        }
        if changes.uninstallation, let uninstallation = state.uninstallation {
            all.append(try put(uninstallationKey, uninstallation))
        }
        for name in changes.copies.sorted() {
            if let copy = state.copies[name] { all.append(try put(copyPrefix + name.value, copy)) }
        }
        for id in changes.runs.sorted() {
            if let run = state.runs[id] { all.append(try put(runPrefix + id.value, run)) }
        }
        for name in changes.sources.sorted() {
            let key = sourcePrefix + name.value
            all.append(
                try state.givenSources[name].map { given throws(SchedulerError) in try put(key, given) }
                    ?? .delete(key: key)
            )
        }
        all += changes.forgottenRuns.sorted().map { .delete(key: runPrefix + $0.value) }
        all += changes.forgottenCopies.sorted().map { .delete(key: copyPrefix + $0.value) }
        // Each as a whole: nobody would ever find a chunk again whose index alone is gone.
        return split(all, batchChanges) + changes.forgottenChunks.sorted().map(forget(chunk:))
    }

    private static func split(_ changes: [StateChange], _ batchChanges: Int) -> [[StateChange]] {
        var batches: [[StateChange]] = []
        var bytes = 0
        for change in changes {
            let size = change.size
            if batches.isEmpty || bytes + size > batchBytes || (batches.last?.count ?? 0) >= batchChanges {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(change)
            bytes += size
        }
        return batches
    }

    static func put(_ key: String, _ value: some Encodable) throws(SchedulerError) -> StateChange {
        .put(key: key, value: try encode(value, key))
    }

    static func encode(_ value: some Encodable, _ key: String) throws(SchedulerError) -> [UInt8] {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(value))
        } catch {
            throw SchedulerError(.stateFormat, "record \(key) cannot be written: \(error)")
        }
    }
}
