import Lifecycle
import Model
import Scheduler

/// One play: some minutes of faults, and then as long as it takes to clean up.
struct Play: Sendable {
    private(set) var world: World
    private var submitted = 0
    private var opened = 0

    /// The kinds of faults that were on.
    var kinds: Set<Chance.Kind> { world.chance?.kinds ?? [] }
    /// What went wrong; empty for a play in which no rule was broken and nothing was left.
    private(set) var faults: [String] = []
    /// What happened, when it was traced.
    var lines: [String] { world.trace.lines }

    /// - Parameters:
    ///   - seed: the same gives the same play.
    ///   - isTraced: keeps ``lines``.
    init(seed: UInt64, isTraced: Bool = false) {
        // Whoever waits for its turn waits for less than its deadline.
        let limits = Source.Limits(runs: 3, lease: .minutes(25), leaseMax: .minutes(25), snapshots: 4)
        // Six runs are a history here.
        var settings = Settings()
        settings.archiveBatch = 1 + Int(seed % 3)
        settings.archiveAfter = .seconds(30)
        if seed % 4 == 0 { settings.historyMax = 2 }
        // A third flushes first; of these, half can do without.
        let quiesce = Source.Quiesce(timeout: .seconds(30), onFailure: seed % 2 == 0 ? .warn : .fail)
        // A quarter are rings.
        let nodes = seed % 4 == 2 ? 2 : 1
        let source = Fixture.source(limits: limits, quiesce: seed % 3 == 1 ? quiesce : nil, nodes: nodes)
        // Of two nodes, each lies on two of three cheap ones.
        let storage = nodes > 1 ? [Fixture.node(1), Fixture.node(2), Fixture.node(3)] : nil
        world = World(source: source, settings: settings, nodes: storage, chance: Chance(seed: seed))
        world.trace.isOn = isTraced
    }

    /// Plays it.
    mutating func toTheEnd() {
        let end = world.now + .minutes(6)
        while world.now < end, world.checks.violations.isEmpty {
            world.advance(to: world.now + .seconds(3))
            disturb()
        }
        calmDown()
        var step = Span.seconds(20)
        let limit = world.now + .hours(4)
        while world.now < limit, world.checks.violations.isEmpty, !isSettled {
            world.advance(to: world.now + step)
            world.checkBelief()
            if world.now > end + .minutes(40) { step = .seconds(30) }
        }
        // What is held is given back again, not in a rush.
        for _ in 0..<6 { world.advance(to: world.now + .seconds(10)) }
        faults = world.checks.violations
        if faults.isEmpty { faults = unsettled }
        checkKeys()
    }

    // MARK: faults

    private mutating func chance(_ kind: Chance.Kind, oneIn count: UInt64) -> Bool {
        world.chance?.happens(kind, oneIn: count) ?? false
    }

    private mutating func pick(_ count: Int) -> Int { Int(world.chance?.below(UInt64(max(count, 1))) ?? 0) }

    private mutating func disturb() {
        if submitted < 6, pick(8) == 0 { submit() }
        if chance(.disconnects, oneIn: 60) { world.disconnect(for: .seconds(Int64(1 + pick(20)))) }
        if chance(.crashes, oneIn: 120) { world.restart() }
        if chance(.takeOvers, oneIn: 80) { world.takeOver() }
        if chance(.masters, oneIn: 100) {
            world.restartMaster(remembers: pick(2) == 0, for: .seconds(Int64(1 + pick(20))), agentsWithin: 40)
        }
        if chance(.clocks, oneIn: 100) { jump() }
        if chance(.teardowns, oneIn: 200) { world.tearDown() }
        if chance(.uninstalls, oneIn: 150) {
            let patience = Span.minutes(pick(2) == 0 ? 5 : 120)
            world.frame([.uninstall(keepsCopies: pick(3) == 0, patience: patience)])
        }
        if chance(.restores, oneIn: 20) { world.rest(production: pick(3) > 0) }
        if chance(.operators, oneIn: 60) { deleteByHand() }
        let agent = AgentID("a\(1 + pick(3))")
        if chance(.outOfSight, oneIn: 60) { world.lose(agent, for: .seconds(Int64(10 + pick(600)))) }
        if chance(.agentsGone, oneIn: 200), !world.agents.values.contains(where: \.gone) { world.remove(agent) }
        if chance(.cancels, oneIn: 15) { world.frame([.release(RunID("r\(1 + pick(6))"))]) }
        if chance(.commands, oneIn: 6) { command() }
        // Nobody could be told of what comes after the last list.
        guard !world.state.isUninstalling else { return }
        if chance(.strangers, oneIn: 60), let copy = world.standingCopies.first {
            _ = world.strangerCopies(copy.id, as: "stranger-\(world.volumeCount)")
        }
        if chance(.strangers, oneIn: 100) { _ = world.forgottenCopy("understudy-old-\(world.volumeCount)") }
    }

    /// The scheduler's wall clock is set.
    private mutating func jump() {
        let span = Span.seconds(Int64(1 + pick(pick(3) == 0 ? 3_600 : 60)))
        world.skew = Span(milliseconds: world.skew.milliseconds + (pick(2) == 0 ? 1 : -1) * span.milliseconds)
        world.trace.write(world.now, "the clock is off by \(world.skew)")
    }

    /// Somebody deletes a volume of ours, now and then one that is attached: Portworx can be forced to.
    private mutating func deleteByHand() {
        let isForced = pick(3) == 0
        let loose = world.standingCopies.filter { isForced || $0.attachedOn == nil }
        guard !loose.isEmpty else { return }
        let volume = loose[pick(loose.count)]
        world.trace.write(world.now, "somebody deletes \(volume.name)")
        world.deletedByHand.insert(volume.name)
        world.volumes[volume.id] = nil
    }

    private mutating func submit() {
        submitted += 1
        var spec = Fixture.spec(key: "key-\(pick(8))", priority: pick(2))
        if pick(3) == 0 { spec.keepOnFailure = .minutes(20) }
        if pick(3) == 0, submitted > 1 { spec.sameDataAs = RunID("r\(submitted - 1)") }
        if pick(4) == 0 { spec.suite = nil }
        guard world.state.admit(spec) == .new else { return }
        world.frame([.submitted(spec, as: RunID("r\(submitted)"))])
    }

    private mutating func command() {
        let id = RunID("r\(1 + pick(6))")
        switch pick(4) {
        case 0: world.frame([.command(.keep(.minutes(Int64(1 + pick(20)))), id)])
        case 1: world.frame([.command(.extend(.minutes(Int64(1 + pick(20)))), id)])
        case 2: world.frame([.command(.reset, id)])
        default:
            // Two at once, of which one may be let in.
            opened += 2
            let spec = Fixture.service(opens: id.value)
            guard world.state.admit(spec) == .new else { return }
            world.frame([.submitted(spec, as: RunID("o\(opened)")), .submitted(spec, as: RunID("o\(opened + 1)"))])
        }
    }

    private mutating func calmDown() {
        world.chance?.isQuiet = true
        for id in world.agents.keys.sorted() { world.returns(id) }
        for id in world.volumes.keys.sorted() { world.volumes[id]?.up = true }
    }

    // MARK: liveness

    /// What is left that ought not to be; empty when all is done.
    private var unsettled: [String] {
        if let uninstallation = world.state.uninstallation { return unsettled(of: uninstallation) }
        var left: [String] = []
        for run in world.state.runs.values where run.phase != .ended { left.append("\(run.id) stays \(run.phase)") }
        for run in world.state.runs.values where run.lacksOutput { left.append("\(run.id) keeps no last words") }
        for pod in world.pods.values where pod.isLive { left.append("pod \(pod.executor) runs for ever") }
        for volume in world.standingCopies { left.append("volume \(volume.name) stays") }
        for copy in world.state.copies.values where copy.state != .gone { left.append("\(copy.name) is \(copy.state)") }
        if kinds.isEmpty {
            for run in world.allRuns where run.result != (run.isService ? .expired : .passed) {
                left.append("\(run.id) ends as \(run.result as Any), and nothing was wrong: \(run.reason ?? "")")
            }
        }
        // Rule 9; the master tells nobody else of what it has offered us.
        for offer in world.offers.values { left.append("offer \(offer.id) is held") }
        return left.sorted()
    }

    /// All that stays behind is what the operator is told of.
    private func unsettled(of uninstallation: Uninstallation) -> [String] {
        var left: [String] = []
        if uninstallation.stage != .tornDown { left.append("the uninstallation stays \(uninstallation.stage)") }
        if let id = world.state.frameworkID, !world.state.isFrameworkRemoved, !world.tornDown.contains(id) {
            left.append("framework \(id) stays")
        }
        func isTold(_ what: String) -> Bool { uninstallation.left.contains { $0.hasPrefix(what) } }
        let mayHold = uninstallation.left.contains { $0.hasPrefix("Portworx") || $0.hasPrefix("a volume") }
        func isTold(_ volume: Volume) -> Bool {
            isTold("copy \(volume.name)") || uninstallation.left.contains { $0.contains("(volume \(volume.id))") }
        }
        for volume in world.standingCopies where !isTold(volume) && !mayHold {
            left.append("volume \(volume.name) stays, and nobody is told")
        }
        for pod in world.pods.values where pod.isLive && uninstallation.stage == .tornDown && world.tornDown.isEmpty {
            let isKnown = uninstallation.left.contains { $0.hasPrefix("task ") }
            if !isKnown { left.append("pod \(pod.executor) runs for ever") }
        }
        return left.sorted()
    }

    private var isSettled: Bool {
        if let uninstallation = world.state.uninstallation { return uninstallation.stage == .tornDown }
        return isIdle
    }

    private var isIdle: Bool {
        world.state.runs.values.allSatisfy { $0.phase == .ended && !$0.lacksOutput } && world.standingCopies.isEmpty
            && world.pods.values.allSatisfy { !$0.isLive } && world.state.copies.values.allSatisfy { $0.state == .gone }
    }

    /// Rule 10: one key, one run; and what was written is what is known.
    private mutating func checkKeys() {
        let keys =
            world.state.runs.values.compactMap(\.spec.key)
            + world.state.archive.chunks.flatMap { $0.runs.compactMap(\.key) }
        if Set(keys).count != keys.count { faults.append("two runs of one key") }
        if world.durable.runs != world.state.runs || world.durable.copies != world.state.copies {
            faults.append("what is durable is not what is known")
        }
        let found = world.state.archive.chunks.map { Records.chunkKey($0.number) }
        if Set(found) != Set(world.store.lazyKeys) { faults.append("chunks \(world.store.lazyKeys), found \(found)") }
    }
}

extension Run {
    /// True while the last words of its failed suite may yet be read.
    fileprivate var lacksOutput: Bool { result == .failed && output == nil }
}
