import Model
import SeededRandom

@testable import Lifecycle

/// A small model of Mesos, Portworx and the scheduler's shell, that answers only what was asked.
///
/// It has the truth: which volumes exist, which pods run and on what. Every frame is held against design.md §4.
struct World: Sendable {
    /// Something that will happen.
    enum Happening {
        /// Answers of Portworx, and whatever else a restart alone loses.
        case answer(Event)
        /// News of the master, lost with the stream.
        case news(Event)
        /// A call reaches its server.
        case arrival(Effect, CallFate)
        case pod(ExecutorID, PodStep)
        case subscription
        case agentReturns(AgentID)
    }

    private struct Entry {
        let at: Instant
        let order: Int
        let process: Int
        let stream: Int
        let what: Happening
    }

    // MARK: the scheduler

    var now = Fixture.start
    var state: SystemState
    let settings: Settings
    let source: Source
    var durable = Durable()
    var process = 0
    /// The number of the stream; nil while there is none.
    var stream: Int?
    var streams = 0

    // MARK: the truth

    var volumes: [VolumeID: Volume] = [:]
    /// Every volume that came of a call of ours.
    var made: Set<VolumeID> = []
    var deleted: Set<VolumeID> = []
    var volumeCount = 0
    var nodes: [StorageNode]
    var agents: [AgentID: WorldAgent] = [:]
    var pods: [ExecutorID: Pod] = [:]
    var offers: [OfferID: Offer] = [:]
    var offerCount = 0
    var flowing = true
    /// What executors said and nobody took yet, oldest first.
    var unacknowledged: [TaskUpdate] = []

    // MARK: the play

    /// What the pods of a run do, one after the other; the last counts for all that follow.
    var script: [String: [PodScript]] = [:]
    /// Faults that a story orders: the first that matches is used up.
    var orders: [Order] = []
    /// True when a launch may come later than a master takes in life: its clone may have been deleted by then.
    var launchesMayBeLate = false
    /// True when an agent offers the same ports each time.
    var portsStay = false
    /// What production's volume is, and what its clones inherit.
    var isSticky = false
    /// Faults by chance; nil in stories.
    var chance: Chance?
    var checks = Checks()
    var trace: Trace = Trace()
    private var agenda: [Entry] = []
    private var order = 0

    init(source: Source = Fixture.source(), settings: Settings = Settings(), nodes: [StorageNode]? = nil) {
        self.source = source
        self.settings = settings
        self.nodes = nodes ?? [Fixture.node(1), Fixture.node(2), Fixture.node(3, [.high])]
        state = Fixture.state(source, settings: settings)
        for number in 1...self.nodes.count { agents[AgentID("a\(number)")] = WorldAgent(number: number) }
        let replicas = [Fixture.replica(1), Fixture.replica(2)]
        volumes[Fixture.sourceVolume] = Volume(
            id: Fixture.sourceVolume,
            name: source.volume,
            attachedOn: "10.0.0.1",
            replicas: replicas
        )
        later(.zero, .subscription)
    }

    // MARK: time

    mutating func later(_ delay: Span, _ what: Happening) {
        order += 1
        agenda.append(Entry(at: now + delay, order: order, process: process, stream: streams, what: what))
    }

    /// Lets everything happen up to this moment, with a tick at its end.
    mutating func advance(to end: Instant) {
        while let index = nextEntry(), agenda[index].at <= end {
            let entry = agenda.remove(at: index)
            now = max(now, entry.at)
            happen(entry)
        }
        now = end
        offer()
        frame([.tick])
        deliverUpdates()
    }

    private func nextEntry() -> Int? {
        agenda.indices.min { (agenda[$0].at, agenda[$0].order) < (agenda[$1].at, agenda[$1].order) }
    }

    private mutating func happen(_ entry: Entry) {
        switch entry.what {
        case .answer(let event): if entry.process == process { frame([event]) }
        case .news(let event): if entry.stream == stream { frame([event]) }
        case .arrival(let effect, let fate): arrive(effect, fate, process: entry.process)
        case .pod(let id, let step): advance(pod: id, step)
        case .subscription: subscribe()
        case .agentReturns(let agent): returns(agent)
        }
        deliverUpdates()
    }

    // MARK: frames

    /// One frame as the shell makes it: step, begin, commit, act.
    mutating func frame(_ events: [Event]) {
        checks.hear(events, at: now)
        let transition = state.step(events, at: now)
        let effects = transition.effects + state.begin(at: now)
        let changes = state.takeChanges()
        durable.commit(changes, of: state)
        trace.write(now, events, transition.notes, effects)
        check(events, transition.effects, effects, changes)
        if chance?.crashes() == true { return restart(after: effects) }
        effects.forEach { send($0) }
    }

    /// The scheduler dies after a commit, with a part of what follows sent, and comes back.
    mutating func restart(after effects: [Effect] = []) {
        let sent = Int(chance?.below(UInt64(effects.count) + 1) ?? 0)
        effects.prefix(sent).forEach { send($0) }
        trace.write(now, "restart")
        process += 1
        cutStream()
        checks.restarted()
        state = durable.load(settings, source)
        later(.seconds(1), .subscription)
    }
}

/// What a store would hold: exactly what the changes named.
struct Durable {
    var frameworkID: FrameworkID?
    var runs: [RunID: Run] = [:]
    var copies: [CopyName: Copy] = [:]

    mutating func commit(_ changes: SystemState.Changes, of state: SystemState) {
        if changes.framework { frameworkID = state.frameworkID }
        for id in changes.runs { runs[id] = state.runs[id] }
        for name in changes.copies { copies[name] = state.copies[name] }
        for id in changes.forgottenRuns { runs[id] = nil }
        for name in changes.forgottenCopies { copies[name] = nil }
    }

    func load(_ settings: Settings, _ source: Source) -> SystemState {
        SystemState(
            settings: settings,
            install: Fixture.install,
            sources: [source],
            frameworkID: frameworkID,
            runs: runs.values.sorted { $0.id < $1.id },
            copies: copies.values.sorted { $0.name < $1.name }
        )
    }
}
