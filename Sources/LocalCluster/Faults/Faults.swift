import Synchronization

/// What goes wrong in a local cluster on purpose: put, listed and cleared while it runs.
///
/// Every call, event and unmount passes here once, at its server's edge; nothing else decides about faults.
public final class Faults: Sendable {
    /// A fault, and what has become of it.
    public struct Listed: Hashable, Sendable {
        /// Unique.
        public let name: String
        /// As it was put.
        public let fault: Fault
        /// Messages that it could have happened to.
        public let seen: Int
        /// Those that it happened to.
        public let happened: Int
    }

    typealias Incident = @Sendable (Fault.Effect, _ agents: Set<String>) -> Void

    private let hostnames: Set<String>
    private let plan = Mutex(FaultPlan())
    private let incident = Mutex<Incident?>(nil)

    init(hostnames: Set<String>) { self.hostnames = hostnames }

    /// Whoever makes agents and the master fail; must not block.
    func onIncident(_ act: @escaping Incident) { incident.withLock { $0 = act } }

    /// Turns a fault on, in the place of the one of that name; its dice start anew.
    ///
    /// One that happens to agents or to the master, and has no route to wait for, happens now, and once.
    ///
    /// - Throws: for one that makes no sense.
    public func put(_ fault: Fault, named name: String) throws(FaultRefusal) { try put([name: fault]) }

    /// Turns several on, or none when one of them makes no sense.
    ///
    /// - Parameters:
    ///   - faults: by name.
    ///   - isAll: true to turn all others off.
    /// - Throws: for one that makes no sense.
    public func put(_ faults: [String: Fault], isAll: Bool = false) throws(FaultRefusal) {
        let order = faults.sorted { $0.key < $1.key }
        for (name, fault) in order { try checkAgent(of: fault, name) }
        try plan.withLock { (plan) throws(FaultRefusal) in
            var next = plan
            if isAll { next.removeAll() }
            for (name, fault) in order {
                try next.put(fault, named: name)
                if fault.isImmediate { next.countIncident(name) }
            }
            plan = next
        }
        for (_, fault) in order where fault.isImmediate { begin(fault.effect, agents(of: fault)) }
    }

    /// Turns a fault off; safe to repeat.
    ///
    /// What it has begun ends in its time.
    public func remove(_ name: String) { plan.withLock { $0.remove(name) } }

    /// Turns all off.
    public func removeAll() { plan.withLock { $0.removeAll() } }

    /// All that are on, by name.
    public var listed: [Listed] {
        plan.withLock { $0.entries }.sorted { $0.key < $1.key }.map {
            Listed(name: $0.key, fault: $0.value.fault, seen: $0.value.seen, happened: $0.value.happened)
        }
    }

    /// What a message meets; what happens to agents and to the master begins by itself.
    func meet(_ message: FaultMessage) -> MetFaults {
        let met = plan.withLock { $0.meet(message) }
        for effect in met.effects where effect.isIncident { begin(effect, message.agents) }
        return met
    }

    private func begin(_ effect: Fault.Effect, _ agents: Set<String>) { incident.withLock { $0 }?(effect, agents) }

    private func checkAgent(of fault: Fault, _ name: String) throws(FaultRefusal) {
        guard fault.isImmediate else { return }
        switch fault.effect {
        case .agentUnreachable, .agentGone:
            guard fault.filter.agent != nil, !agents(of: fault).isEmpty else {
                let known = hostnames.sorted().joined(separator: ", ")
                throw FaultRefusal("\(name): what happens at once needs an agent, one of \(known)")
            }
        case .masterRestart, .delay, .error, .answerLost, .streamCut, .duplicateUpdate, .lateUpdate, .staysAttached,
            .failedSnapshot, .staleListing:
            break
        }
    }

    private func agents(of fault: Fault) -> Set<String> {
        hostnames.filter { hostname in
            fault.filter.fits(
                FaultMessage(
                    server: fault.filter.server ?? .mesos,
                    kind: .event,
                    route: "",
                    volumes: [fault.filter.volume ?? ""],
                    agents: [hostname]
                )
            )
        }
    }
}
