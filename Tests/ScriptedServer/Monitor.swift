import Glibc

/// What threads and tests of one server tell each other.
///
/// SAFETY of `@unchecked Sendable`: every stored property is read and written between `lock` and `unlock` of `mutex`; the
/// standard `Mutex` has no condition variable, which the stalling threads need.
final class Monitor: @unchecked Sendable {
    private struct Waiter {
        let number: Int
        let condition: @Sendable (ScriptedServer.Counts) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Enough for any test, and no leak in one that floods.
    private static let requestsMax = 10_000

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state = ScriptedServer.Counts()
    private var read: [ScriptedServer.Request] = []
    private var gates: Set<String> = []
    private var isStopped = false
    private var waiters: [Waiter] = []
    private var waiterNumber = 0

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    var counts: ScriptedServer.Counts { locked { state } }
    var requests: [ScriptedServer.Request] { locked { read } }
    var hasStopped: Bool { locked { isStopped } }

    func count(_ change: (inout ScriptedServer.Counts) -> Void) {
        let satisfied = locked {
            change(&state)
            return takeSatisfied()
        }
        for waiter in satisfied { waiter.continuation.resume(returning: true) }
    }

    func record(_ request: ScriptedServer.Request) {
        locked { if read.count < Self.requestsMax { read.append(request) } }
        count { $0.requests += 1 }
    }

    func open(_ gate: String) {
        locked {
            gates.insert(gate)
            pthread_cond_broadcast(changed)
        }
    }

    /// Blocks the calling thread until the gate is open or the server stops.
    func pass(_ gate: String) {
        count { $0.stalls += 1 }
        locked { while !gates.contains(gate) && !isStopped { pthread_cond_wait(changed, mutex) } }
    }

    func stop() {
        let left = locked {
            isStopped = true
            pthread_cond_broadcast(changed)
            defer { waiters = [] }
            return waiters
        }
        for waiter in left { waiter.continuation.resume(returning: false) }
    }

    func wait(until condition: @escaping @Sendable (ScriptedServer.Counts) -> Bool) async -> Bool {
        let number = locked {
            waiterNumber += 1
            return waiterNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = locked {
                    if condition(state) { return true }
                    if isStopped || Task.isCancelled { return false }
                    waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let cancelled = locked {
                let index = waiters.firstIndex { $0.number == number }
                return index.map { waiters.remove(at: $0) }
            }
            cancelled?.continuation.resume(returning: false)
        }
    }

    private func takeSatisfied() -> [Waiter] {
        let satisfied = waiters.filter { $0.condition(state) }
        if !satisfied.isEmpty { waiters.removeAll { $0.condition(state) } }
        return satisfied
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
