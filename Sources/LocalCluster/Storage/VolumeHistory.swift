/// The volumes as they are, and as they were: for listings that are stale on purpose.
struct VolumeHistory: Sendable {
    /// States that are remembered; the stalest listing shows the oldest of them.
    private static let statesMax = 512

    private(set) var volumes: [String: StoredVolume] = [:]
    /// Each state, and since when it has not been any more; the oldest first.
    private var past: [(volumes: [String: StoredVolume], until: ContinuousClock.Instant)] = []

    mutating func change(_ change: (inout [String: StoredVolume]) -> Void) {
        past.append((volumes, .now))
        if past.count > Self.statesMax { past.removeFirst(past.count - Self.statesMax) }
        change(&volumes)
    }

    /// Forgets what was before: nothing is staler than now.
    mutating func begin() { past = [] }

    /// As they were so many seconds ago.
    func volumes(ago seconds: Double) -> [String: StoredVolume] {
        let moment = ContinuousClock.now - .seconds(seconds)
        return past.first { $0.until > moment }?.volumes ?? volumes
    }
}
