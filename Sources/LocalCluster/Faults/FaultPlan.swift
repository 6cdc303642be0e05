/// The faults that are on, and their dice: the same messages in the same order meet the same faults.
struct FaultPlan: Sendable {
    /// One fault, and what has become of it.
    struct Entry: Sendable {
        var fault: Fault
        /// Messages that it could have happened to.
        var seen = 0
        /// Those that it happened to.
        var happened = 0
        fileprivate var dice: FaultDice

        init(_ fault: Fault) {
            self.fault = fault
            dice = FaultDice(seed: fault.seed)
        }

        var isSpent: Bool { fault.count.map { happened >= $0 } ?? false }
    }

    /// Far more than any test needs at once.
    static let entriesMax = 256

    private(set) var entries: [String: Entry] = [:]

    /// What a message meets, in the order of the faults' names.
    ///
    /// Each fault rolls its own dice, whether another happens or not.
    mutating func meet(_ message: FaultMessage) -> MetFaults {
        var met = MetFaults()
        guard !entries.isEmpty else { return met }
        for name in entries.keys.sorted() {
            guard var entry = entries[name], !entry.isSpent, !entry.fault.isImmediate,
                entry.fault.effect.applies(to: message),
                entry.fault.filter.fits(message)
            else { continue }
            entry.seen += 1
            if entry.dice.isHit(entry.fault.rate) {
                entry.happened += 1
                met.effects.append(entry.fault.effect)
            }
            entries[name] = entry
        }
        return met
    }

    /// Puts a fault in the place of the one of that name.
    ///
    /// - Throws: a ``FaultRefusal`` for one that makes no sense.
    mutating func put(_ fault: Fault, named name: String) throws(FaultRefusal) {
        try fault.check(named: name)
        guard entries[name] != nil || entries.count < Self.entriesMax else {
            throw FaultRefusal("there are \(Self.entriesMax) faults, the most that there may be")
        }
        entries[name] = Entry(fault)
    }

    /// Counts an incident that happened without a message.
    mutating func countIncident(_ name: String) {
        entries[name]?.seen += 1
        entries[name]?.happened += 1
    }

    mutating func remove(_ name: String) { entries[name] = nil }
    mutating func removeAll() { entries = [:] }
}

/// What one message meets.
struct MetFaults: Sendable {
    var effects: [Fault.Effect] = []

    /// Seconds.
    var delay: Double {
        effects.reduce(0) { if case .delay(let seconds) = $1 { $0 + seconds } else { $0 } }
    }
    var status: Int? { effects.firstNonNil { if case .error(let status) = $0 { status } else { nil } } }
    var isAnswerLost: Bool { effects.contains(.answerLost) }
    var isStreamCut: Bool { effects.contains(.streamCut) }
    var isDuplicated: Bool { effects.contains(.duplicateUpdate) }
    var lateBy: Double? { effects.firstNonNil { if case .lateUpdate(let seconds) = $0 { seconds } else { nil } } }
    var staysAttached: Double? {
        effects.firstNonNil { if case .staysAttached(let seconds) = $0 { seconds } else { nil } }
    }
    var failedSnapshot: Fault.FailedSnapshot? {
        effects.firstNonNil { if case .failedSnapshot(let what) = $0 { what } else { nil } }
    }
    var staleBy: Double? { effects.firstNonNil { if case .staleListing(let seconds) = $0 { seconds } else { nil } } }
}

extension [Fault.Effect] {
    fileprivate func firstNonNil<Value>(_ value: (Fault.Effect) -> Value?) -> Value? {
        for effect in self { if let found = value(effect) { return found } }
        return nil
    }
}

/// Seeded dice, so that a failure can be had again.
///
/// - Source: SplitMix64; Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private struct FaultDice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// True with this probability.
    mutating func isHit(_ rate: Double) -> Bool {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        // 53 bits make every double from 0 up to, and without, 1.
        return Double(mixed >> 11) / Double(UInt64(1) << 53) < rate
    }
}
