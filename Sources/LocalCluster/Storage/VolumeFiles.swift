import FoundationEssentials
import Glibc

/// The files of a volume.
enum VolumeFiles {
    /// Copies a directory by a program, `cp` among them.
    ///
    /// Nothing is at the target before all of it is. Blocks its thread.
    ///
    /// - Throws: a ``CopyFault``.
    static func copy(_ source: String, to target: String, by copier: [String]) throws(CopyFault) {
        let unfinished = target + ".unfinished"
        let status = run(copier + [source, unfinished])
        guard status == 0, rename(unfinished, target) == 0 else {
            // Best effort: an unfinished directory is no volume and belongs to nobody.
            try? FileManager.default.removeItem(atPath: unfinished)
            throw CopyFault(description: "\(copier.first ?? "no program") ended with \(status)")
        }
    }

    /// What the directory's entries fill in blocks of the usual size, in bytes; what vanishes while it is counted is not.
    ///
    /// Without the C library's `stat`: in a release build that struct belongs to NIO's own C module, which is not ours to
    /// import, and what FileManager says of a size is of another type in each of Foundation's forms.
    static func bytes(in directory: String) -> UInt64 {
        // An unreadable directory occupies nothing that we could tell.
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        return paths.reduce(0) { $0 + bytes(of: directory + "/" + $1) }
    }

    /// A directory's is one block; what is neither a directory nor a file, or cannot be read, has none.
    private static func bytes(of path: String) -> UInt64 {
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let folder = open(path, flags | O_DIRECTORY)
        guard folder < 0 else {
            close(folder)
            return blockSize
        }
        let file = open(path, flags)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        return size > 0 ? (UInt64(size) + blockSize - 1) / blockSize * blockSize : 0
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
        let variables = swiftRuntime().map { strdup("\($0.key)=\($0.value)") }
        defer { (pointers + variables).forEach { free($0) } }
        guard posix_spawnp(&pid, arguments[0], nil, nil, pointers + [nil], variables + [nil]) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
