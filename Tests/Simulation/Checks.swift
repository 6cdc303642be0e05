import Lifecycle
import Model
import Scheduler
import StateStore

/// What is remembered to hold every frame against the rules of design.md §4.
struct Checks {
    private(set) var violations: [String] = []
    private var seen: [RunID: (phases: Int, result: RunResult?, reason: String?)] = [:]
    private var copies: [CopyName: Copy.State] = [:]
    /// What the scheduler was last told of a name, since it started.
    private var looks: [CopyName: (volume: Volume?, at: Instant)] = [:]
    private var offered: [OfferID] = []
    /// What the scheduler was last told of a copy that it means to delete, since it started.
    private var inspections: [CopyName: (attachedOn: String?, at: Instant)] = [:]
    /// Creations that are on their way, or may yet happen.
    private var creations: [CopyName: Int] = [:]
    /// Copies that the ledger has and Portworx has not, and since when.
    var misbelieved: [CopyName: Instant] = [:]
    /// Production as it was at first.
    var production: [VolumeID: Volume] = [:]

    mutating func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { violations.append(message()) }
    }

    mutating func hear(_ events: [Event], at now: Instant) {
        offered = []
        for event in events {
            switch event {
            case .offers(let offers): offered += offers.map(\.id)
            case .found(let name, .success(let volume)): looks[name] = (volume, now)
            case .inspected(let name, .success(let volume?)): inspections[name] = (volume.attachedOn, now)
            case .tick, .submitted, .release, .command, .look, .sweep, .subscribed, .disconnected, .frameworkRemoved,
                .frameworkReset, .uninstall, .sourceGiven, .sourceTaken, .update, .failure, .called,
                .nodesRead,
                .sourceRead, .created, .found, .inspected, .deleted, .listed, .outputRead, .sealRead:
                break
            }
        }
    }

    /// Another process knows what was written, and has seen nothing.
    mutating func restarted() {
        looks = [:]
        inspections = [:]
        offered = []
    }

    /// Rule 9: no offer is held without a decision, and none is decided twice.
    mutating func offersAnswered(by effects: [Effect]) {
        guard !offered.isEmpty else { return }
        var answered: [OfferID] = []
        for effect in effects {
            switch effect {
            case .launch(_, _, let ids), .flush(_, _, let ids), .decline(let ids, _):
                answered += ids.filter(offered.contains)
            case .revive, .suppress, .reconcile, .kill, .readNodes, .readSource, .create, .adopt, .find, .inspect,
                .delete, .list, .readOutput, .readSeal, .teardown:
                break
            }
        }
        let offered = offered
        require(answered.sorted() == offered.sorted(), "offers \(offered) answered as \(answered)")
    }

    /// Phases in order; a result on entering `ending`, and never another.
    mutating func changed(_ run: Run) {
        let before = seen[run.id]
        let known = before?.phases ?? 1
        require(run.phases.first?.phase == .requested && run.phases.count >= known, "\(run.id) forgot its phases")
        for index in max(1, known)..<max(1, known, run.phases.count) {
            let (from, to) = (run.phases[index - 1].phase, run.phases[index].phase)
            require(Self.ways[from]?.contains(to) == true, "\(run.id) goes from \(from) to \(to)")
        }
        require((run.result != nil) == !run.phase.isActive, "\(run.id) in \(run.phase) has result \(run.result as Any)")
        require((run.result == nil) == (run.reason == nil), "\(run.id) has a result without a reason")
        if let result = before?.result {
            require(run.result == result && run.reason == before?.reason, "\(run.id) changed its result")
        }
        seen[run.id] = (run.phases.count, run.result, run.reason)
    }

    /// An opened clone is waited with again after an infrastructure failure.
    static let ways: [Phase: Set<Phase>] = [
        .requested: [.quiescing, .snapshotting, .cloning, .waiting, .ending],
        .quiescing: [.snapshotting, .ending],
        .snapshotting: [.cloning, .ending],
        .cloning: [.waiting, .ending],
        .waiting: [.launching, .cloning, .requested, .ending],
        .launching: [.starting, .cloning, .waiting, .ending],
        .starting: [.sealing, .cloning, .waiting, .ending],
        .sealing: [.ready, .cloning, .waiting, .ending],
        .ready: [.testing, .cloning, .waiting, .ending],
        .testing: [.cloning, .ending],
        .ending: [.ended],
    ]

    /// Condemned is irreversible; what was gone may come back to be deleted.
    mutating func changed(_ copy: Copy) {
        let before = copies[copy.name]
        let legal: Set<Copy.State> =
            switch before {
            case nil: [.wanted, .condemned, .gone]
            case .wanted?: [.wanted, .present, .condemned, .gone]
            case .present?: [.present, .condemned, .gone]
            case .condemned?, .gone?: [.condemned, .gone]
            }
        require(legal.contains(copy.state), "\(copy.name) goes from \(before?.rawValue ?? "nothing") to \(copy.state)")
        copies[copy.name] = copy.state
    }

    mutating func asksFor(_ effect: Effect) {
        if case .create(let name, _, _, _) = effect { creations[name, default: 0] += 1 }
    }

    mutating func arrived(_ effect: Effect) {
        if case .create(let name, _, _, _) = effect { creations[name, default: 0] -= 1 }
    }

    /// What was asked for and never seen is gone once it can come no more.
    mutating func gone(_ copy: Copy) {
        require(copy.volumeID != nil || creations[copy.name, default: 0] == 0, "\(copy.name) is gone, and may yet come")
    }

    /// Rule 3: Portworx has just said that it is detached.
    mutating func deletes(_ name: CopyName, at now: Instant) {
        guard let seen = inspections[name] else { return require(false, "deletes \(name) without a look at it") }
        require(seen.attachedOn == nil, "deletes \(name), last seen attached")
        require(now - seen.at <= .seconds(30), "deletes \(name), looked at \(now - seen.at) ago")
    }

    /// Rule 8: name and id were seen to agree, lately, and the clone was free.
    mutating func launches(on clone: Copy?, at now: Instant) {
        guard let clone, let look = looks[clone.name] else { return require(false, "a launch on a clone never seen") }
        require(clone.state == .present, "a launch on \(clone.name), which is \(clone.state)")
        require(look.volume?.id == clone.volumeID?.id, "a launch on \(clone.name), whose name leads elsewhere")
        require(look.volume?.attachedOn == nil, "a launch on \(clone.name), last seen attached")
        require(now - look.at <= .seconds(60), "a launch on \(clone.name), seen \(now - look.at) ago")
    }
}

extension World {
    /// Holds a frame against the rules, before anything follows from it.
    mutating func check(_ frame: FrameLoop.Frame) {
        checks.offersAnswered(by: frame.effects)
        for (id, before) in checks.production {
            let source = volumes[id]
            let isAsBefore = source?.labels == before.labels && source?.replicas == before.replicas
            checks.require(isAsBefore, "production was touched")
        }
        for run in state.runs.values where run.phase == .waiting || run.phase.hasPod {
            let isGreen = run.current.allSatisfy(\.verified) && run.attempt?.suite?.state == .finished
            let isGone = run.clone?.contains { state.copies[$0]?.state == .gone } ?? false
            checks.require(isGreen || !isGone, "\(run.id) stays in \(run.phase), and its clone is gone")
        }
        if state.isUninstalling {
            let active = state.runs.values.filter(\.phase.isActive).map(\.id).sorted()
            checks.require(active.isEmpty, "\(active) go on, and all is being uninstalled")
        }
    }

    /// What was asked for is no orphan, whatever Portworx named it.
    private mutating func checkOrphan(_ orphan: Copy) {
        guard orphan.kind == .orphan, orphan.state == .condemned,
            let volume = orphan.volumeID.flatMap({ volumes[$0.id] })
        else { return }
        let asked = durable.copies.values.first { copy in
            copy.volumeID == nil && copy.askedAt != nil && copy.parent == volume.parent
                && copy.run.value == volume.labels[CopyLabel.run]
                && copy.kind.rawValue == volume.labels[CopyLabel.kind]
        }
        checks.require(asked == nil, "\(volume.name) is an orphan, and was asked for as \(asked?.name.value ?? "")")
    }

    /// What somebody else has deleted is not believed to be there for long, once Portworx answers.
    mutating func checkBelief() {
        for copy in state.copies.values where copy.state == .present {
            guard let id = copy.volumeID, volumes[id.id] == nil else {
                checks.misbelieved[copy.name] = nil
                continue
            }
            let since = checks.misbelieved[copy.name] ?? now
            checks.misbelieved[copy.name] = since
            checks.require(now - since <= .minutes(3), "\(copy.name) is believed to be there, and is gone")
        }
    }

    /// Holds what was just written against the rules.
    mutating func check(_ batch: [StateChange], by number: Int) {
        checks.require(number == current.number, "a commit of process \(number) was taken after another had begun")
        for change in batch {
            guard case .put(let key, _) = change else { continue }
            switch Durable.place(key) {
            case .run(let id):
                guard let run = durable.runs[id] else { continue }
                checks.changed(run)
                checkTruth(of: run)
                checkBeginning(of: run)
            case .copy(let name):
                guard let copy = durable.copies[name] else { continue }
                checks.changed(copy)
                checkOrphan(copy)
                let isThere = copy.volumeID.map { volumes[$0.id] != nil } ?? false
                checks.require(chance == nil || copy.state != .gone || !isThere, "\(name) is gone, and is there")
                // A clock that is wrong at a start has everything too early; then a sweep finds what comes late.
                if copy.state == .gone, let chance, !chance.kinds.contains(.clocks) { checks.gone(copy) }
            case .uninstallation: checkClearing()
            case .framework, .index, .source: break
            case .chunk(let number): checkArchive(number)
            }
        }
    }

    /// Nothing is begun once the uninstallation is.
    private mutating func checkBeginning(of run: Run) {
        guard let begun = durable.uninstallation?.startedAt, let chance, !chance.kinds.contains(.clocks) else { return }
        checks.require(run.createdAt <= begun, "\(run.id) is begun, and all is being uninstalled")
    }

    /// The framework is taken down once nothing of ours is left, but for what was to stay; and sooner only when what does
    /// not go away was waited for.
    private mutating func checkClearing() {
        // With a clock that jumps, patience has no length.
        guard let uninstallation = durable.uninstallation, uninstallation.stage != .clearing,
            let chance, !chance.kinds.contains(.clocks)
        else { return }
        let given = uninstallation.left.filter { !$0.hasSuffix(", kept") }
        let isKept = given.count < uninstallation.left.count
        checks.require(!isKept || uninstallation.keepsCopies, "it keeps \(uninstallation.left), which nobody wants")
        guard now - uninstallation.startedAt < uninstallation.patience else { return }
        checks.require(given.isEmpty, "it gives \(given) up before its time")
        let left = isKept ? [] : standingCopies.map(\.name)
        checks.require(left.isEmpty, "the framework is taken down, and nobody is told of \(left)")
    }

    /// The ledger forgets no copy that may be there.
    mutating func checkForgotten(_ batch: [StateChange]) {
        for case .delete(let key) in batch {
            guard case .copy(let name) = Durable.place(key), let copy = durable.copies[name] else { continue }
            checks.require(copy.state == .gone, "\(name) is forgotten, and is \(copy.state)")
        }
    }

    /// What became of a run is in the archive before it is forgotten, and can be read there.
    private mutating func checkArchive(_ number: Int) {
        do {
            let chunk = durable.chunks[number]?.runs.map(\.id) ?? []
            let bytes = store.read(Records.chunkKey(number)) ?? []
            let runs = try Records.runs(Array(chunk.indices), in: bytes, of: number)
            checks.require(!runs.isEmpty && runs == chunk.map { durable.archived[$0] }, "chunk \(number) has others")
            for run in runs {
                checks.require(run.phase == .ended && run.attempts.allSatisfy(\.isTerminal), "\(run.id) is archived")
                let left = durable.copies.values.filter { $0.run == run.id }
                checks.require(left.isEmpty, "\(run.id) is archived, and \(left.map(\.name)) are not")
                checks.require(durable.runs[run.id] == nil, "\(run.id) is in the archive and outside")
            }
        } catch {
            checks.require(false, "chunk \(number) cannot be read: \(error)")
        }
    }

    /// Rule 5: nobody is told of what is not durable.
    mutating func checkTold(_ changed: Set<RunID>, by number: Int) {
        checks.require(number == current.number || changed.isEmpty, "process \(number) tells what it could not write")
        for id in changed where number == current.number {
            checks.require(durable.runs[id] == state.runs[id], "what is told of \(id) is not durable")
        }
    }

    /// Rule 5: what an update said is durable before Mesos may forget it.
    mutating func checkAcknowledged(_ update: TaskUpdate, by number: Int) {
        guard number == current.number, let pod = podOfTask[update.taskID].flatMap({ pods[$0] }) else { return }
        checks.require(
            durable.runs[pod.run] == state.runs[pod.run],
            "\(update.taskID) \(update.state) is acknowledged before it is durable"
        )
    }

    /// Rules 1 to 6: what is about to be done follows from what is durable.
    mutating func check(_ effect: Effect, by number: Int) {
        switch effect {
        case .create(let name, let kind, let parent, _):
            let isFine = kind == .snapshot ? Fixture.production.contains(parent) : made.contains(parent)
            checks.require(isFine, "\(kind) \(name) of \(parent)")
            checks.require(durable.copies[name]?.state == .wanted, "creates \(name), which is not durable")
            checks.require(
                durable.copies[name]?.askedAt != nil,
                "creates \(name), and that it was asked for is not durable"
            )
        case .delete(let name, let id):
            let copy = durable.copies[name]
            // One that was superseded may yet delete what its successor has deleted already.
            if number == current.number { checks.deletes(name, at: now) }
            let isOver = copy?.state == .condemned || (number != current.number && copy?.state == .gone)
            checks.require(isOver && copy?.volumeID == id, "deletes \(name), not durably condemned")
            let isOurs = made.contains(id.id) && !Fixture.production.contains(id.id)
            checks.require(isOurs, "deletes \(id), not made by us")
        case .launch(let run, let number, _):
            let attempts = durable.runs[run]?.attempts ?? []
            guard let attempt = attempts.first(where: { $0.number == number }) else {
                return checks.require(false, "launches \(run) #\(number), which is not durable")
            }
            let rivals = attempts.filter { $0.clone == attempt.clone && $0.number != number && !$0.isTerminal }
            checks.require(rivals.isEmpty, "launches on \(attempt.clone) before the last launch on it is over")
            let isAvoided = durable.runs[run]?.avoided.contains(attempt.agent) == true
            checks.require(!isAvoided || source.isRing, "launches where it failed")
            checks.launches(on: durable.copies[attempt.clone], at: now)
            checkRing(of: attempt, run)
        case .flush(let run, let number, _):
            let flush = durable.runs[run]?.flush?.first { $0.number == number }
            checks.require(flush?.task != nil, "flushes for \(run), which is not durable")
        case .revive, .suppress, .reconcile, .decline, .kill, .readNodes, .readSource, .adopt, .find, .inspect, .list,
            .readOutput, .readSeal, .teardown:
            break
        }
    }

    /// A ring's nodes are launched together: each on an agent and a clone of its own, on common ports.
    private mutating func checkRing(of attempt: Attempt, _ id: RunID) {
        guard let run = durable.runs[id], run.source.isRing else { return }
        let ring = run.ring(of: attempt)
        checks.require(ring.count == run.source.nodeCount, "\(id) launches \(ring.count) nodes of a ring")
        checks.require(Set(ring.map(\.agent)).count == ring.count, "\(id) launches two nodes of a ring on one agent")
        checks.require(Set(ring.map(\.clone)).count == ring.count, "\(id) launches two nodes of a ring on one clone")
        let ports = Set(ring.map { Array($0.ports.prefix(2)) })
        checks.require(ports.count == 1 && ports.first?.count == 2, "\(id) launches a ring on ports \(ports)")
        let parents = ring.map { attempt in
            durable.copies[attempt.clone]?.parentCopy.flatMap { durable.copies[$0]?.parent }
        }
        // Of a kept clone that is opened again, the snapshot may have been forgotten.
        let isInOrder = zip(parents, Fixture.production).allSatisfy { $0 == nil || $0 == $1 }
        checks.require(isInOrder, "\(id) launches a ring of \(parents)")
    }

    /// A result says what has really happened.
    private mutating func checkTruth(of run: Run) {
        if run.phase == .ready || run.phase == .testing {
            let isSeen = run.current.allSatisfy { $0.verified && $0.cassandra.checkExitCode == 0 }
            checks.require(isSeen, "\(run.id) is \(run.phase) on a clone that was not verified, or does not answer")
            let isWhole = run.current.dropFirst().allSatisfy { !$0.cassandra.state.isTerminal }
            let hasPassed = run.attempt?.suite?.state == .finished
            checks.require(isWhole || hasPassed, "\(run.id) stays \(run.phase) without a node of its ring")
        }
        if run.phase == .snapshotting, let flush = run.flush {
            let isOver = flush.allSatisfy { $0.done || $0.fault != nil }
            checks.require(isOver, "\(run.id) takes a snapshot before its flush is over")
        }
        guard run.phase == .ending, let attempt = run.attempt else { return }
        let pod = pods[attempt.executorID]
        let suite = pod.flatMap { pod in pod.suite.flatMap { pod.states[$0] } }
        if run.result == .passed {
            let isSeen = run.current.allSatisfy(\.verified)
            checks.require(suite == .finished && isSeen, "\(run.id) passed, and its suite is \(suite as Any)")
        }
        if run.result == .failed {
            checks.require(
                suite == .failed && pod?.states[pod?.cassandra ?? TaskID("")] == .killed,
                "\(run.id) failed?"
            )
            // An agent that is not heard of any more says nothing else than its master.
            let isHeard = pod.flatMap { agents[$0.agent]?.isInSight } ?? false
            checks.require(!isHeard || pod?.script.fetchFails != true, "\(run.id) failed, and its suite never began")
        }
    }
}
