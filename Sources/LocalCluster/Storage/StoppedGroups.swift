import FoundationEssentials
import Glibc

/// Stops process groups for the instant of a snapshot: what a copy-on-write snapshot gets for nothing, a copied directory needs.
enum StoppedGroups {
    /// How long a group may take to stop, in polls a millisecond apart: one write to a slow disk ends sooner.
    private static let pollsMax = 2_000

    /// Runs the work while none of the groups runs, and lets them go on whatever happens.
    ///
    /// - Throws: what the work throws; a ``CopyFault`` when a group would not stop.
    static func during<Value>(_ groups: Set<Int32>, _ work: () throws -> Value) throws -> Value {
        let groups = groups.filter(mayStop)
        defer { for group in groups { _ = killpg(group, SIGCONT) } }
        for group in groups { _ = killpg(group, SIGSTOP) }
        for _ in 0..<pollsMax {
            // SIGSTOP is only a request until the process has left its system call.
            guard runs(groups) else { return try work() }
            _ = usleep(1_000)
        }
        throw CopyFault(description: "the volume's writers would not stop")
    }

    /// False for what would stop ourselves, or everything.
    static func mayStop(_ group: Int32) -> Bool { group > 1 && group != getpgrp() }

    /// True when a process of these groups is neither stopped nor dead.
    private static func runs(_ groups: Set<Int32>) -> Bool {
        guard !groups.isEmpty else { return false }
        // A process that ends while we look cannot be read, and does not run.
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { name in
            guard Int32(name) != nil, let stat = FileManager.default.contents(atPath: "/proc/\(name)/stat") else {
                return false
            }
            // "pid (name) state parent group …"; the name may hold anything, parentheses too.
            let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 2, let group = Int32(fields[2]), groups.contains(group) else { return false }
            return !["T", "t", "Z", "X"].contains(fields[0])
        }
    }
}

/// Why a volume's files could not be copied.
struct CopyFault: Error, CustomStringConvertible {
    /// For the refusal's text.
    let description: String
}
