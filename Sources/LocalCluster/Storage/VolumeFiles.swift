import FoundationEssentials
import Glibc

/// The files of a volume.
enum VolumeFiles {
    /// Copies a directory with owners, modes, times and links; shares blocks where the file system can.
    ///
    /// Nothing is at the target before all of it is. Blocks its thread.
    ///
    /// - Throws: a ``CopyFault``.
    static func copy(_ source: String, to target: String) throws(CopyFault) {
        let unfinished = target + ".unfinished"
        let status = run(["cp", "-aT", "--reflink=auto", "--", source, unfinished])
        guard status == 0, rename(unfinished, target) == 0 else {
            // Best effort: an unfinished directory is no volume and belongs to nobody.
            try? FileManager.default.removeItem(atPath: unfinished)
            throw CopyFault(description: "cp ended with \(status)")
        }
    }

    /// What the directory's entries fill in blocks of the usual size, in bytes; what vanishes while it is counted is not.
    ///
    /// By the entries' sizes, without the C library's `stat`: in a release build that struct belongs to NIO's own C module,
    /// which is not ours to import.
    static func bytes(in directory: String) -> UInt64 {
        // An unreadable directory occupies nothing that we could tell.
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        return paths.reduce(0) { total, path in
            // As for a directory: what cannot be read is not counted.
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/" + path)
            guard let size = (attributes?[.size] as? any BinaryInteger).map({ UInt64(clamping: $0) }) else {
                return total
            }
            return total + (size + blockSize - 1) / blockSize * blockSize
        }
    }

    /// Of ext4 and xfs, as they are made by default.
    private static let blockSize: UInt64 = 4_096

    /// Runs a program of the PATH and waits for it.
    ///
    /// - Returns: its exit status; 128 and the signal when one ended it; 127 when it could not start.
    private static func run(_ arguments: [String]) -> Int32 {
        var pid: pid_t = 0
        // SAFETY: both arrays end with nil, and the strings live until the new process has its own copies.
        let pointers = arguments.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        guard posix_spawnp(&pid, arguments[0], nil, nil, pointers + [nil], [nil]) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
