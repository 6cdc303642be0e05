import Lifecycle
import Model

/// What becomes of a call.
enum CallFate: Hashable, Sendable {
    case done
    /// Nothing happens, and the answer says so.
    case refused(Fault)
    /// Nothing happens, and no answer comes.
    case lost
    /// It happens, and no answer comes.
    case silent
    /// No answer comes, and after so long it happens.
    case late(Span)
}

/// A fault that a story orders.
struct Order {
    var fate: CallFate
    var times: Int
    var matches: @Sendable (Effect) -> Bool
}

extension World {
    /// Sends a call off; it takes its time when chance rules.
    mutating func send(_ effect: Effect, by number: Int) {
        checks.asksFor(effect)
        var fate = CallFate.done
        if let index = orders.firstIndex(where: { $0.matches(effect) }) {
            fate = orders[index].fate
            orders[index].times -= 1
            if orders[index].times == 0 { orders.remove(at: index) }
        } else if let chosen = chance?.fate(of: effect) {
            fate = chosen
        }
        later(chance?.latency() ?? .zero, .arrival(effect, fate), process: number)
    }

    /// A call reaches its server; its answer is for the process that sent it.
    mutating func arrive(_ effect: Effect, _ fate: CallFate, by sender: Int, on stream: Int) {
        let answer: Event
        var delay = chance?.latency() ?? .zero
        var fate = fate
        if effect.key.isOfMaster, stream != self.stream || sender != streamOwner {
            // The master knows callers by their stream, and turns all others away.
            fate = .refused(Fault(code: "test.not_subscribed", message: "not subscribed", transient: true))
        }
        switch fate {
        case .done: answer = perform(effect)
        case .refused(let fault): answer = Self.answer(to: effect, .refused(fault))
        case .lost: answer = Self.answer(to: effect, .unknown(Fixture.silence))
        case .silent:
            _ = perform(effect)
            answer = Self.answer(to: effect, .unknown(Fixture.silence))
        case .late(let delay):
            later(delay, .arrival(effect, .silent), process: sender)
            answer = Self.answer(to: effect, .unknown(Fixture.silence))
        }
        if case .late = fate {} else { checks.arrived(effect) }
        guard isAlive(sender) else { return }
        if case .listed = answer, chance?.happens(.staleLists, oneIn: 4) == true { delay = delay + .seconds(20) }
        later(delay, .answer(answer), process: sender)
    }

    /// What a call that failed comes back as.
    private static func answer(to effect: Effect, _ outcome: Outcome<Never>) -> Event {
        let fault: Fault
        let calls: Outcome<Void>
        let creates: Outcome<Volume>
        switch outcome {
        case .done: preconditionFailure("there is no value of Never")
        case .refused(let why): (fault, calls, creates) = (why, .refused(why), .refused(why))
        case .unknown(let why): (fault, calls, creates) = (why, .unknown(why), .unknown(why))
        }
        let failed = ReadFault(fault)
        switch effect {
        case .revive, .suppress, .reconcile, .launch, .flush, .decline, .kill, .teardown:
            return .called(effect.key, calls)
        case .readNodes: return .nodesRead(.failure(failed))
        case .readSource(let name, _): return .sourceRead(name, .failure(failed))
        case .create(let name, _, _, _): return .created(name, creates)
        case .adopt(let name, _, _), .find(let name): return .found(name, .failure(failed))
        case .inspect(let name, _): return .inspected(name, .failure(failed))
        case .delete(let name, _): return .deleted(name, calls)
        case .list: return .listed(.failure(failed))
        case .readSeal(let id, let attempt): return .sealRead(id, attempt: attempt, .failure(failed))
        case .readOutput(let id, let attempt):
            return .outputRead(id, attempt: attempt, SuiteReading(stdout: .failure(failed), stderr: .failure(failed)))
        }
    }

    private mutating func perform(_ effect: Effect) -> Event {
        switch effect {
        case .revive, .suppress, .reconcile, .launch, .flush, .decline, .kill, .teardown:
            return performAtMaster(effect)
        case .readNodes: return .nodesRead(.success(nodes))
        case .readSource(let name, let names): return .sourceRead(name, .success(names.map { volume(named: $0) }))
        case .create(let name, let kind, let parent, let labels):
            return .created(name, create(name, kind, parent, labels))
        case .adopt(let name, _, _), .find(let name): return .found(name, .success(volume(named: name.value)))
        case .inspect(let name, let id): return .inspected(name, .success(volumes[id]))
        case .delete(let name, let id): return .deleted(name, delete(id))
        case .list(let install):
            let mine = volumes.values.filter { $0.labels[CopyLabel.install] == install }.sorted { $0.id < $1.id }
            let shown = chance?.happens(.staleLists, oneIn: 3) == true ? pastListing : mine
            pastListing = mine
            return .listed(.success(shown))
        case .readSeal(let id, let attempt): return .sealRead(id, attempt: attempt, .success(sealing(id, attempt)))
        case .readOutput(let id, let attempt):
            let said = SuiteReading.Part(bytes: Array("\(id)\n".utf8), size: Int64(id.value.utf8.count + 1))
            return .outputRead(id, attempt: attempt, SuiteReading(stdout: .success(said), stderr: .success(said)))
        }
    }
}

extension World {
    /// What the helper of an attempt has written.
    private func sealing(_ id: RunID, _ number: Int) -> SealReport {
        let pod = pods.values.first { $0.run == id && $0.attempt == number }
        guard let fault = pod?.script.sealFault else { return SealReport(code: 0, release: "3.11.11", ring: 1) }
        return SealReport(code: fault.rawValue, fault: fault.name, message: "because")
    }
}

extension Effect.Key {
    /// True for what goes over the subscription.
    var isOfMaster: Bool {
        switch self {
        case .nodes, .source, .copy, .list, .output, .seal: false
        case .offerFlow, .reconcile, .launch, .flush, .decline, .kill, .teardown: true
        }
    }
}

extension Effect {
    /// Its name, for orders.
    var word: String {
        switch self {
        case .revive: "revive"
        case .suppress: "suppress"
        case .reconcile: "reconcile"
        case .launch: "launch"
        case .flush: "flush"
        case .decline: "decline"
        case .kill: "kill"
        case .readNodes: "readNodes"
        case .readSource: "readSource"
        case .create: "create"
        case .adopt: "adopt"
        case .find: "find"
        case .inspect: "inspect"
        case .delete: "delete"
        case .list: "list"
        case .readOutput: "readOutput"
        case .readSeal: "readSeal"
        case .teardown: "teardown"
        }
    }

    func isA(_ word: String) -> Bool { self.word == word }

    /// True for the making of a clone.
    var isClone: Bool { if case .create(_, .clone, _, _) = self { true } else { false } }
}
