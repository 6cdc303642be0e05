import Model

@testable import Lifecycle

/// What becomes of a call.
enum CallFate: Hashable {
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
    mutating func send(_ effect: Effect) {
        var fate = CallFate.done
        if let index = orders.firstIndex(where: { $0.matches(effect) }) {
            fate = orders[index].fate
            orders[index].times -= 1
            if orders[index].times == 0 { orders.remove(at: index) }
        } else if let chosen = chance?.fate(of: effect) {
            fate = chosen
        }
        later(chance?.latency() ?? .zero, .arrival(effect, fate))
    }

    /// A call reaches its server; its answer is for the process that sent it.
    mutating func arrive(_ effect: Effect, _ fate: CallFate, process sender: Int) {
        let answer: Event
        switch fate {
        case .done: answer = perform(effect)
        case .refused(let fault): answer = Self.answer(to: effect, .refused(fault))
        case .lost: answer = Self.answer(to: effect, .unknown(Fixture.silence))
        case .silent:
            _ = perform(effect)
            answer = Self.answer(to: effect, .unknown(Fixture.silence))
        case .late(let delay):
            later(delay, .arrival(effect, .silent))
            answer = Self.answer(to: effect, .unknown(Fixture.silence))
        }
        guard sender == process else { return }
        later(chance?.latency() ?? .zero, .answer(answer))
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
        case .revive, .suppress, .reconcile, .launch, .decline, .kill: return .called(effect.key, calls)
        case .readNodes: return .nodesRead(.failure(failed))
        case .readSource(let name, _): return .sourceRead(name, .failure(failed))
        case .create(let name, _, _, _): return .created(name, creates)
        case .adopt(let name, _, _), .find(let name): return .found(name, .failure(failed))
        case .inspect(let name, _): return .inspected(name, .failure(failed))
        case .delete(let name, _): return .deleted(name, calls)
        case .list: return .listed(.failure(failed))
        case .readOutput(let id, let attempt):
            return .outputRead(id, attempt: attempt, SuiteReading(stdout: .failure(failed), stderr: .failure(failed)))
        }
    }

    private mutating func perform(_ effect: Effect) -> Event {
        switch effect {
        case .revive, .suppress, .reconcile, .launch, .decline, .kill: return performAtMaster(effect)
        case .readNodes: return .nodesRead(.success(nodes))
        case .readSource(let name, let volume): return .sourceRead(name, .success(self.volume(named: volume)))
        case .create(let name, let kind, let parent, let labels):
            return .created(name, create(name, kind, parent, labels))
        case .adopt(let name, _, _), .find(let name): return .found(name, .success(volume(named: name.value)))
        case .inspect(let name, let id): return .inspected(name, .success(volumes[id]))
        case .delete(let name, let id): return .deleted(name, delete(id))
        case .list(let install):
            let mine = volumes.values.filter { $0.labels[CopyLabel.install] == install }
            return .listed(.success(mine.sorted { $0.id < $1.id }))
        case .readOutput(let id, let attempt):
            let said = SuiteReading.Part(bytes: Array("\(id)\n".utf8), size: Int64(id.value.utf8.count + 1))
            return .outputRead(id, attempt: attempt, SuiteReading(stdout: .success(said), stderr: .success(said)))
        }
    }
}
