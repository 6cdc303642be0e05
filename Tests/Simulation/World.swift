package import Lifecycle
package import Model
import Scheduler
import StateStore

/// A small model of Mesos, Portworx, a store and a clock, with the real frame loop amid them.
///
/// It has the truth: which volumes exist, which pods run and on what. Every frame is held against design.md §4.
package struct World: Sendable {
    /// Something that will happen.
    enum Happening {
        /// For the process that asked, if it lives.
        case answer(Event)
        /// News of the master, lost with the stream.
        case news(Event)
        /// A call reaches its server.
        case arrival(Effect, CallFate)
        /// The word of a process that an update is durable.
        case acknowledgement(TaskUpdate)
        /// The store has taken its time.
        case stored
        /// A process that was superseded hears of it.
        case failedOver
        case pod(ExecutorID, PodStep)
        case start
        case subscription
        case agentReturns(AgentID)
        case agentRegisters(AgentID)
    }

    struct Entry {
        let at: Instant
        let order: Int
        /// Whose doing it is.
        let process: Int
        let stream: Int
        let what: Happening
    }

    // MARK: the scheduler

    package var now = Fixture.start
    let settings: Settings
    let source: Source
    var store = SimulatedStore()
    /// The process that has claimed the store last.
    var current: Process
    /// One that was superseded, and has not noticed yet.
    var former: Process?
    var processes = 1
    /// False between a process' end and the next one's start.
    var isUp = true
    /// How far the wall clock is off; a process reads it when it starts.
    var skew = Span.zero
    /// The number of the stream; nil while there is none.
    var stream: Int?
    var streams = 0
    /// The process at its other end.
    var streamOwner = 1

    // MARK: the truth

    var volumes: [VolumeID: Volume] = [:]
    /// Every volume that came of a call of ours.
    var made: Set<VolumeID> = []
    var deleted: Set<VolumeID> = []
    var volumeCount = 0
    /// How many of the next copies Portworx names otherwise than asked.
    var renames = 0
    /// Names of copies that somebody else has deleted.
    var deletedByHand: Set<String> = []
    var nodes: [StorageNode]
    /// What a gateway that lags shows.
    var pastListing: [Volume] = []
    var agents: [AgentID: WorldAgent] = [:]
    var pods: [ExecutorID: Pod] = [:]
    /// Whose task it is.
    var podOfTask: [TaskID: ExecutorID] = [:]
    var offers: [OfferID: Offer] = [:]
    var offerCount = 0
    var flowing = true
    /// What executors said and nobody took yet, oldest first.
    var unacknowledged: [Told] = []
    var toldCount = 0
    /// Of each task, until when what was sent of it is on its way: a connection keeps its order.
    var newsUntil: [TaskID: Instant] = [:]
    var frameworks = 1
    /// Frameworks that their own scheduler has had taken down.
    var tornDown: Set<FrameworkID> = []
    /// True for a master that came back without its memory: it knows no agent that has not registered since.
    var masterForgot = false

    // MARK: the play

    /// What the pods of a run do, one after the other; the last counts for all that follow.
    var script: [String: [PodScript]] = [:]
    /// What every flush of production does.
    var flushScript = FlushScript.works
    /// The runs before whose snapshots production was asked to flush.
    var flushes: [RunID] = []
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
    var agenda = Agenda()
    /// Of what has happened at this very moment: a world that never gets further is at fault.
    private var happenings = 0
    private static let happeningsMax = 20_000

    init(
        source: Source = Fixture.source(),
        settings: Settings = Settings(),
        nodes: [StorageNode]? = nil,
        chance: Chance? = nil
    ) {
        self.source = source
        self.settings = settings
        self.chance = chance
        self.nodes = nodes ?? [Fixture.node(1), Fixture.node(2), Fixture.node(3, [.high])]
        let state = SystemState(settings: settings, install: Fixture.install, sources: [source])
        current = Process(number: 1, epoch: store.open().epoch, state, batchChanges: chance?.batchChanges)
        for number in 1...self.nodes.count { agents[AgentID("a\(number)")] = WorldAgent(number: number) }
        for (place, name) in source.volumes.enumerated() {
            let id = Fixture.production[place]
            volumes[id] = Volume(
                id: id,
                name: name,
                attachedOn: "10.0.0.\(place + 1)",
                replicas: [Fixture.replica(place + 1), Fixture.replica(place + 2)]
            )
        }
        if chance?.kinds.contains(.restores) == true { restoreProduction() }
        checks.production = volumes.filter { Fixture.production.contains($0.key) }
        later(.zero, .subscription)
    }

    /// What the process that counts knows.
    package var state: SystemState { current.loop.state }
    /// What is surely written.
    var durable: Durable { store.durable }

    // MARK: time

    /// Something will happen; it is the doing of this process, or of the one that counts.
    mutating func later(_ delay: Span, _ what: Happening, process: Int? = nil) {
        agenda.add(at: now + delay, process: process ?? current.number, stream: streams, what)
    }

    /// Lets everything happen up to this moment, with a tick at its end.
    mutating func advance(to end: Instant) {
        while let entry = agenda.next(until: end) {
            happenings = entry.at > now ? 0 : happenings + 1
            guard happenings < Self.happeningsMax else {
                return checks.require(false, "time stands still at \(entry.what)")
            }
            now = max(now, entry.at)
            happen(entry)
        }
        now = end
        offer()
        checkPlan()
        frame([.tick])
        if let former { frame([.tick], by: former.number) }
        deliverUpdates()
    }

    mutating func happen(_ entry: Entry) {
        switch entry.what {
        case .answer(let event): frame([event], by: entry.process)
        case .news(let event): if entry.stream == stream { frame([event], by: streamOwner) }
        case .arrival(let effect, let fate): arrive(effect, fate, by: entry.process, on: entry.stream)
        case .acknowledgement(let update): if entry.stream == stream { take(update) }
        case .stored: stored(by: entry.process)
        case .failedOver: end(entry.process, "it was failed over")
        case .pod(let id, let step): advance(pod: id, step)
        case .start: start()
        case .subscription: if entry.process == current.number, isUp { subscribe() }
        case .agentReturns(let agent): returns(agent)
        case .agentRegisters(let agent): register(agent)
        }
        deliverUpdates()
    }
}

/// What will happen, soonest first; what is due at once in the order in which it was added.
struct Agenda: Sendable {
    /// A heap.
    private var entries: [World.Entry] = []
    private var order = 0

    mutating func add(at: Instant, process: Int, stream: Int, _ what: World.Happening) {
        order += 1
        entries.append(World.Entry(at: at, order: order, process: process, stream: stream, what: what))
        var index = entries.count - 1
        while index > 0, isEarlier(index, (index - 1) / 2) {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// What is due next; nil when nothing is.
    var first: World.Entry? { entries.first }

    mutating func next(until end: Instant) -> World.Entry? {
        guard let first = entries.first, first.at <= end else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count && isEarlier(child, least) {
                least = child
            }
            guard least != index else { return first }
            entries.swapAt(index, least)
            index = least
        }
    }

    private func isEarlier(_ left: Int, _ right: Int) -> Bool {
        (entries[left].at, entries[left].order) < (entries[right].at, entries[right].order)
    }
}
