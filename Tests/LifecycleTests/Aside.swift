import Foundation
import Glibc

/// Computes for seconds on a thread of its own, behind all that has a server to run.
///
/// The threads that tasks run on are as few as there are cores: whoever computes on one holds up everybody else's answers.
func aside<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let thread = Thread {
            // Linux takes 0 for the calling thread alone.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15)
            continuation.resume(returning: work())
        }
        thread.stackSize = 16 * 1_024 * 1_024
        thread.start()
    }
}
