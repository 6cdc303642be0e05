import Glibc

/// An open file or socket, closed with its last holder.
final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }

    deinit {
        // A child that another thread has just forked holds this too until it becomes its program: closing alone would leave the
        // lock with it. On a socket or a file without a lock this does nothing.
        flock(number, LOCK_UN)
        close(number)
    }
}

/// The few file calls that a crash-safe log needs; all of them block their thread.
enum Files {
    /// What the last call said, in words.
    static var failure: String { String(cString: strerror(errno)) }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes a directory and those above it; an existing one is fine.
    static func makeDirectories(_ path: String) throws(StandInError) {
        for (index, character) in path.enumerated().dropFirst() where character == "/" {
            _ = mkdir(String(path.prefix(index)), 0o755)  // the last one tells
        }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw .directory("cannot_write", "\(path): \(failure)")
        }
    }

    /// Opens for reading and appending, making an empty file where there is none.
    static func openLog(_ path: String) throws(StandInError) -> Descriptor {
        let number = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .directory("cannot_open", "\(path): \(failure)") }
        let file = Descriptor(number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw .directory("in_use", "\(path): another process serves this directory")
        }
        return file
    }

    /// The whole file; one larger than `max` bytes is refused.
    static func read(_ path: String, max: Int) throws(StandInError) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .directory("cannot_read", "\(path): \(failure)") }
        let file = Descriptor(number)
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file.number, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .directory("cannot_read", "\(path): \(failure)") }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
            guard bytes.count <= max else { throw .directory("too_large", "\(path) is larger than \(max) bytes") }
        }
    }

    /// Writes all bytes and waits until they are on disk.
    ///
    /// - Returns: false when not all of them are known to be.
    static func append(_ bytes: [UInt8], to file: Descriptor) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return fsync(file.number) == 0
    }

    /// Shortens the file and waits until that is on disk.
    static func truncate(_ file: Descriptor, to length: Int) -> Bool {
        ftruncate(file.number, off_t(length)) == 0 && fsync(file.number) == 0
    }

    /// Replaces a file by one with these bytes; a crash leaves the old one or the new one.
    static func replace(_ path: String, with bytes: [UInt8]) throws(StandInError) {
        let fresh = path + ".new"
        let number = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .directory("cannot_write", "\(fresh): \(failure)") }
        let file = Descriptor(number)
        guard append(bytes, to: file), rename(fresh, path) == 0 else {
            throw .directory("cannot_write", "\(path): \(failure)")
        }
    }

    /// Says a line on standard output, at once.
    static func say(_ line: String) {
        _ = append(Array((line + "\n").utf8), to: standardOutput)  // a pipe cannot be synced, and nobody need know
    }

    /// Held for ever, so that it is never closed.
    private static let standardOutput = Descriptor(STDOUT_FILENO)
}
