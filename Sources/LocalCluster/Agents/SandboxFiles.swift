import Glibc

/// One agent's sandboxes, by the virtual paths of Mesos' files API.
///
/// A path is `/frameworks/F/executors/E/runs/latest` and what lies below it. The executor need not run any more, and
/// nothing outside its directory can be reached, neither by `..` nor through a link that a task made.
///
/// - Source: `recordings/mesos/19-sandbox-files`.
struct SandboxFiles: Sendable {
    /// Why there is nothing to give.
    enum Refusal: Error, Hashable {
        /// 404 without a word.
        case missing
        /// 400 with these words.
        case invalid(String)
    }

    /// A file or directory as the agent lists it.
    struct Entry: Hashable, Sendable {
        var path: String
        var size: Int
        /// As `ls` writes it.
        var mode: String
        /// In whole seconds.
        var modified: Int
        var links: Int
        var user: String
        var group: String
    }

    /// A real agent's limit of one read, 16 pages.
    static let readBytesMax = 65_536

    /// The agent's directory.
    let root: String

    /// What a file holds from an offset on.
    ///
    /// - Parameters:
    ///   - path: virtual.
    ///   - offset: nil for its size alone.
    ///   - length: at most; nil for as much as an agent gives.
    /// - Returns: the offset asked for, or the size, and the bytes.
    /// - Throws: when there is no such file, or it is a directory.
    func read(_ path: String, from offset: Int?, length: Int?) throws(Refusal) -> (offset: Int, bytes: [UInt8]) {
        let file = try open(path, directory: .invalid("Cannot read a directory.\n"))
        defer { close(file.descriptor) }
        guard let offset else { return (file.size, []) }
        let count = min(length ?? Self.readBytesMax, Self.readBytesMax, max(0, file.size - offset))
        return (offset, Self.bytes(file.descriptor, from: offset, count))
    }

    /// A regular file, to be read piece by piece and closed by the caller.
    func open(_ path: String, directory: Refusal) throws(Refusal) -> (descriptor: Int32, size: Int) {
        // A pipe that a task has made must not block its reader.
        let descriptor = Glibc.open(try resolve(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .missing }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            if status.st_mode & S_IFMT == S_IFDIR { throw directory }
            throw .missing
        }
        return (descriptor, Int(status.st_size))
    }

    /// As many bytes as are there.
    static func bytes(_ descriptor: Int32, from offset: Int, _ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }

    /// What a directory holds, in the order of the names; of a file: the file itself.
    func browse(_ path: String) throws(Refusal) -> [Entry] {
        let resolved = try resolve(path)
        let shown = "/" + Self.parts(path).joined(separator: "/")
        guard let directory = opendir(resolved) else {
            guard let entry = Self.entry(resolved, shown: shown) else { throw .missing }
            return [entry]
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let found = readdir(directory) {
            let name = withUnsafePointer(to: &found.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted().compactMap { Self.entry("\(resolved)/\($0)", shown: "\(shown)/\($0)") }
    }

    // MARK: paths

    private static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// The real path, which is inside the executor's directory.
    private func resolve(_ path: String) throws(Refusal) -> String {
        let parts = Self.parts(path)
        guard path.hasPrefix("/"), parts.count >= 6, !path.utf8.contains(0), !parts.contains(".."),
            parts[0] == "frameworks", parts[2] == "executors", parts[4] == "runs", parts[5] == "latest",
            let base = Self.realPath("\(root)/\(parts.prefix(6).joined(separator: "/"))"),
            let found = Self.realPath("\(root)/\(parts.joined(separator: "/"))"),
            found == base || found.hasPrefix(base + "/")
        else { throw .missing }
        return found
    }

    private static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    // MARK: entries

    private static func entry(_ path: String, shown: String) -> Entry? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Entry(
            path: shown,
            size: Int(status.st_size),
            mode: mode(status.st_mode),
            modified: status.st_mtim.tv_sec,
            links: Int(status.st_nlink),
            user: getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)",
            group: getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
        )
    }

    private static func mode(_ bits: mode_t) -> String {
        let kind =
            switch bits & S_IFMT {
            case S_IFDIR: "d"
            case S_IFLNK: "l"
            case S_IFIFO: "p"
            case S_IFSOCK: "s"
            default: "-"
            }
        let letters = Array("rwxrwxrwx")
        return kind + String((0..<9).map { bits & (0o400 >> $0) != 0 ? letters[Int($0)] : "-" })
    }
}
