import Glibc

/// A process and all that it has started.
struct ProcessTree {
    /// Processes looked at; a machine has fewer.
    private static let processesMax = 100_000

    /// The process and its descendants, as far as they are still its own.
    static func members(of root: pid_t) -> Set<pid_t> {
        var parents: [pid_t: pid_t] = [:]
        for name in names(in: "/proc", max: processesMax) {
            guard let process = pid_t(name), let parent = parent(of: process) else { continue }
            parents[process] = parent
        }
        var members: Set = [root]
        // A child may come before its parent in the list: as many rounds as there are generations.
        while true {
            let more = parents.filter { members.contains($0.value) && !members.contains($0.key) }.keys
            guard !more.isEmpty else { return members }
            members.formUnion(more)
        }
    }

    /// The inodes of all sockets that a process has open; empty when nobody may look.
    static func sockets(of process: pid_t) -> Set<UInt64> {
        let folder = "/proc/\(process)/fd"
        var inodes: Set<UInt64> = []
        for name in names(in: folder, max: 1_000_000) {
            guard let target = link("\(folder)/\(name)"), target.hasPrefix("socket:["), target.hasSuffix("]"),
                let inode = UInt64(target.dropFirst("socket:[".count).dropLast())
            else { continue }
            inodes.insert(inode)
        }
        return inodes
    }

    private static func parent(of process: pid_t) -> pid_t? {
        guard let text = SmallFile.text("/proc/\(process)/stat", bytesMax: 4_096),
            // The name in parentheses may hold anything, a parenthesis too.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 2 ? pid_t(fields[2]) : nil
    }

    private static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func names(in folder: String, max: Int) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < max, let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
            )
        }
        return names
    }
}
