public import Model

/// What a request would come to now, without making anything.
public struct Forecast: Hashable, Sendable {
    /// An agent that would do.
    public struct Place: Hashable, Sendable {
        /// The agent's host name.
        public var hostname: String
        /// The class of the pool that it would work on; nil when Portworx does not say.
        public var tier: Tier?
        /// True when the copy would lie on that very node.
        public var onReplica: Bool
    }

    /// Why it would be refused; nil when it would be let in.
    public var refusal: AdmissionRefusal?
    /// Why it would wait before anything is made; nil when nothing keeps it.
    public var obstacle: String?
    /// What would be made: kinds of copies, one entry a copy.
    public var copies: [Copy.Kind]
    /// The class on which the copy would land; nil when that cannot be told.
    public var tier: Tier?
    /// The agents that would do, the best first.
    public var places: [Place]
    /// Why the other agents would not, of those with storage that offered something lately.
    public var reasons: [Run.RefusalCount]
    /// When offers last came; nil when none were seen since the start.
    public var offersAt: Instant?
    /// Held while it runs, in thousandths of a CPU, executor included.
    public var milliCPUs: Int64
    /// Held while it runs, in MiB, executor included.
    public var memoryMB: Int64
    /// Ports that it would hold.
    public var ports: Int
    /// How many agents it needs at once.
    public var agents = 1
}

extension SystemState {
    /// When offers last came that were looked at; nil when none were since the start.
    public var offersAt: Instant? { lastOffers.at }

    /// Judges a request as if it came now; changes nothing.
    ///
    /// Offers count that came since somebody last looked, of agents with storage, for five minutes: see ``Event/look(_:)``.
    public func forecast(_ spec: RunSpec, at now: Instant) -> Forecast {
        var forecast = Forecast(copies: [], places: [], reasons: [], milliCPUs: 0, memoryMB: 0, ports: 0)
        if case .refused(let refusal) = admit(spec) { forecast.refusal = refusal }
        guard let source = sources[spec.source] else { return forecast }
        var run = Run(id: RunID("forecast"), spec: spec, source: source, createdAt: now)
        run.snapshot = spec.sameDataAs.flatMap { runs[$0]?.snapshot }
        run.clone = spec.opens.flatMap { runs[$0]?.clone }
        forecast.obstacle = quotaObstacle(run) ?? sourceObstacle(run)
        let kinds: [Copy.Kind] = spec.opens != nil ? [] : spec.sameDataAs != nil ? [.clone] : [.snapshot, .clone]
        forecast.copies = kinds.flatMap { [Copy.Kind](repeating: $0, count: source.nodeCount) }
        let places = 0..<source.nodeCount
        forecast.tier = nodes.dearest(of: places.flatMap { replicas(for: run, at: $0) })
        let suite = spec.suite
        let count = Int64(source.nodeCount)
        forecast.agents = source.nodeCount
        forecast.milliCPUs =
            count * (settings.executorMilliCPUs + source.cassandra.milliCPUs) + (suite?.milliCPUs ?? 0)
        forecast.memoryMB = count * (settings.executorMemoryMB + source.cassandra.memoryMB) + (suite?.memoryMB ?? 0)
        forecast.ports = source.nodeCount * source.portCount
        place(run, &forecast, now)
        return forecast
    }

    private func sourceObstacle(_ run: Run) -> String? {
        guard run.spec.opens == nil, let reading = readings[run.spec.source] else { return nil }
        return missingVolume(of: run, reading) ?? tierObstacle(run, reading.volumes.compactMap(\.self))
    }

    /// The agents that would do for the first node, or for any of a ring's.
    private func place(_ run: Run, _ forecast: inout Forecast, _ now: Instant) {
        forecast.offersAt = lastOffers.at
        let demands = (0..<run.source.nodeCount).map { demand(of: run, at: $0, anyNode: false, now) }
        var fits: [(fit: Fit, hostname: String)] = []
        var refused: [Refusal: Wait.Tally] = [:]
        for entry in lastOffers.entries.values where now - entry.at <= .minutes(5) {
            let hostname = entry.offer.first.hostname
            switch match(anyOf: demands, entry.offer, nodes.node(of: entry.offer.first), settings) {
            case .success(let fit): fits.append((fit, hostname))
            case .failure(let refusal):
                refused[refusal.reason, default: Wait.Tally()].count += 1
                refused[refusal.reason]?.example = hostname
            }
        }
        fits.sort { left, right in
            if left.fit.isBetter(than: right.fit) { return true }
            return !right.fit.isBetter(than: left.fit) && left.hostname < right.hostname
        }
        forecast.places = fits.map {
            Forecast.Place(hostname: $0.hostname, tier: $0.fit.tier, onReplica: $0.fit.onReplica)
        }
        forecast.reasons = Wait.counts(refused)
    }
}
