import Lifecycle
import Model
import Scheduler
import StateStore

/// A scheduler: the real frame loop, and what a shell keeps beside it.
struct Process: Sendable {
    let number: Int
    let epoch: Int64
    /// How far its clock is off: it was right or wrong when the process began, and goes on evenly from there.
    let skew: Span
    var loop: FrameLoop
    /// The frame whose commit takes its time, and the batch that it is at.
    var pending: (frame: FrameLoop.Frame, batch: [StateChange])?
    /// What came in meanwhile.
    var inbox: [Event] = []

    init(number: Int, epoch: Int64, skew: Span = .zero, _ state: SystemState, batchChanges: Int?) {
        self.number = number
        self.epoch = epoch
        self.skew = skew
        loop = FrameLoop(state, batchChanges: batchChanges ?? Records.batchChanges)
    }
}

extension World {
    // MARK: frames

    /// One frame as the shell makes it.
    mutating func frame(_ events: [Event]) { frame(events, by: current.number) }

    mutating func frame(_ events: [Event], by number: Int) {
        guard isAlive(number) else { return }
        if number == current.number {
            if chance?.crashes() == true { return crash(number, "before a step") }
            guard current.pending == nil else { return current.inbox += events }
        } else if former?.pending != nil {
            former?.inbox += events
            return
        }
        do {
            let time = now + (number == current.number ? current.skew : former?.skew ?? .zero)
            let frame: FrameLoop.Frame?
            if number == current.number {
                checks.hear(events, at: now)
                let known = orphansPlanned(events, at: time)
                frame = try current.loop.frame(events, at: time)
                checkOrphans(known)
            } else {
                frame = try former?.loop.frame(events, at: time)
            }
            guard let frame else { return }
            trace.write(now, events, frame.notes, frame.effects, by: number == current.number ? nil : number)
            if number == current.number { check(frame) }
            follow(frame, by: number)
        } catch {
            checks.require(false, "a frame could not be made: \(error)")
        }
    }

    func isAlive(_ number: Int) -> Bool {
        number == current.number ? isUp : former?.number == number
    }

    /// Does what the frame asks for, one step after the other.
    private mutating func follow(_ frame: FrameLoop.Frame, by number: Int) {
        var frame = frame
        while isAlive(number), let step = frame.next() {
            if number == current.number, chance?.crashes() == true { return crash(number, "before \(step.word)") }
            switch step {
            case .commit(let batch):
                guard let delay = chance?.commitDelay() else {
                    guard commit(batch, &frame, by: number) else { return }
                    continue
                }
                if number == current.number {
                    current.pending = (frame, batch)
                } else {
                    former?.pending = (frame, batch)
                }
                return later(delay, .stored, process: number)
            case .tell: checkTold(frame.changedRuns, by: number)
            case .act(let effect):
                check(effect, by: number)
                send(effect, by: number)
            case .acknowledge(let update):
                checkAcknowledged(update, by: number)
                if chance?.happens(.losses, oneIn: 12) != true {
                    acknowledge(update, by: number)
                }
            }
        }
        let waiting = number == current.number ? current.inbox : former?.inbox ?? []
        guard isAlive(number), !waiting.isEmpty else { return }
        if number == current.number { current.inbox = [] } else { former?.inbox = [] }
        self.frame(waiting, by: number)
    }

    /// False when nothing may follow.
    private mutating func commit(_ batch: [StateChange], _ frame: inout FrameLoop.Frame, by number: Int) -> Bool {
        guard let process = number == current.number ? current : former else { return false }
        if number == current.number { checkForgotten(batch) }
        let result = store.commit(batch, epoch: process.epoch, chance?.commitFate() ?? .taken, from: process.loop.state)
        do throws(SchedulerError) {
            try frame.committed(result)
        } catch {
            crash(number, "\(error.code.rawValue)")
            return false
        }
        if case .success = result { check(batch, by: number) }
        return true
    }

    mutating func stored(by number: Int) {
        guard isAlive(number), let pending = number == current.number ? current.pending : former?.pending else {
            return
        }
        if number == current.number { current.pending = nil } else { former?.pending = nil }
        var frame = pending.frame
        guard commit(pending.batch, &frame, by: number) else { return }
        follow(frame, by: number)
    }

    // MARK: ends and starts

    /// A process is no more, and another will take its place.
    mutating func crash(_ number: Int, _ why: String) {
        let wasCurrent = number == current.number
        end(number, why)
        guard wasCurrent else { return }
        guard let pause = chance?.downtime(), pause > .zero else { return start() }
        later(pause, .start)
    }

    mutating func end(_ number: Int, _ why: String) {
        guard isAlive(number) else { return }
        trace.write(now, "process \(number) ends: \(why)")
        if streamOwner == number { cutStream() }
        if number == current.number { isUp = false } else { former = nil }
    }

    /// The scheduler dies at once, and comes back.
    mutating func restart() {
        guard isUp else { return }
        end(current.number, "restart")
        start()
    }

    /// Another process claims the store; the one that holds it goes on until it hears of that.
    mutating func takeOver() {
        guard isUp, former == nil else { return }
        trace.write(now, "process \(current.number) is superseded")
        former = current
        isUp = false
        start()
    }

    mutating func start() {
        guard !isUp else { return }
        processes += 1
        let stored = store.open()
        var state = durable.load(settings, source)
        do throws(SchedulerError) {
            let loaded = try Records.load(stored.records)
            checks.require(
                Dictionary(uniqueKeysWithValues: loaded.runs.map { ($0.id, $0) }) == durable.runs
                    && Dictionary(uniqueKeysWithValues: loaded.copies.map { ($0.name, $0) }) == durable.copies
                    && loaded.frameworkID == durable.frameworkID
                    && loaded.uninstallation == durable.uninstallation
                    && loaded.archive.chunks.map(\.runs) == Archive(Array(durable.chunks.values)).chunks.map(\.runs),
                "what was read is not what was written"
            )
            state = SystemState(
                settings: settings,
                install: Fixture.install,
                sources: [source],
                frameworkID: loaded.frameworkID,
                runs: loaded.runs,
                copies: loaded.copies,
                archive: loaded.archive,
                uninstallation: loaded.uninstallation
            )
        } catch {
            checks.require(false, "a record cannot be read: \(error)")
        }
        current = Process(
            number: processes,
            epoch: stored.epoch,
            skew: skew,
            state,
            batchChanges: chance?.batchChanges
        )
        isUp = true
        checks.restarted()
        trace.write(now, "process \(processes) starts")
        later(.seconds(1), .subscription)
    }
}

extension FrameLoop.Step {
    /// For the trace.
    fileprivate var word: String {
        switch self {
        case .commit: "a commit"
        case .tell: "telling"
        case .act(let effect): "acting: \(effect.word)"
        case .acknowledge: "acknowledging"
        }
    }
}
