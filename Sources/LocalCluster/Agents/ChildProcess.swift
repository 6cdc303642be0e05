import Glibc
import Synchronization

/// A child process of ours, in a process group of its own.
///
/// Ends by itself or by ``signal(_:)``; whatever it leaves behind in its group is killed before its end is told.
public final class ChildProcess: Sendable {
    /// How it ended.
    public enum Ending: Hashable, Sendable {
        /// By itself, with this code.
        case exited(Int32)
        /// By this signal.
        case signalled(Int32)
    }

    /// Where its standard output and standard error go.
    public enum Output: Sendable {
        /// Line by line, without the line feed; called on threads of their own.
        case lines(@Sendable (_ line: String, _ isError: Bool) -> Void)
        /// Appended to these files.
        case files(output: String, error: String)
    }

    /// Why it could not be started.
    public struct StartFault: Error, CustomStringConvertible {
        /// For people.
        public let description: String
    }

    /// The process's id, and its group's.
    public let id: Int32
    private static let starting = Mutex(())
    private let ending = Mutex<(value: Ending?, waiting: [CheckedContinuation<Ending, Never>])>((nil, []))
    /// True from when its id may be another's.
    private let isReaped = Mutex(false)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: absolute, or relative to the working directory; a name alone is looked for in the environment's PATH.
    ///   - arguments: without the program's own name.
    ///   - environment: the whole of it.
    ///   - directory: the working directory; nil for ours.
    ///   - output: where its words go.
    /// - Throws: ``StartFault``.
    public init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        directory: String? = nil,
        output: Output
    ) throws {
        // Without pipe2 a descriptor is open to other children for an instant: so one child is started at a time.
        let (ends, spawned) = try Self.starting.withLock { _ in
            let ends = try OutputEnds(output)
            defer { ends.closeWriting() }
            return (ends, spawn(path, arguments, environment: environment, directory: directory, ends))
        }
        guard case .success(let id) = spawned else {
            ends.closeReading()
            guard case .failure(let fault) = spawned else { preconditionFailure("a result is one of two") }
            throw fault
        }
        self.id = id
        let readers = ends.startReading()
        Worker { [self] in
            let ending = reap()
            // Every line is out before anybody hears of the end.
            readers.forEach { $0.join() }
            ended(ending)
        }.detach()
    }

    /// Writes a program that only its owner may run.
    ///
    /// While none of our children is being started: such a child would have the file open for writing for an instant,
    /// and whoever runs it then gets ETXTBSY.
    ///
    /// - Throws: ``StartFault``.
    public static func writeProgram(_ text: String, to path: String) throws {
        try starting.withLock { _ throws in
            let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o700)
            guard descriptor >= 0 else { throw StartFault(description: "\(path) cannot be written: errno \(errno)") }
            defer { close(descriptor) }
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw StartFault(description: "\(path) cannot be written: errno \(errno)") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Waits for its end.
    public func wait() async -> Ending {
        await withCheckedContinuation { continuation in
            let known = ending.withLock { state -> Ending? in
                if state.value == nil { state.waiting.append(continuation) }
                return state.value
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// True until it has ended.
    public var isRunning: Bool { ending.withLock { $0.value == nil } }

    /// Sends a signal to it and its whole group, if it is still there.
    public func signal(_ number: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { kill(-id, number) }
        }
    }

    /// Sends a signal, SIGKILL when it is still there after so long, and waits for its end.
    public func end(by signal: Int32, within limit: Duration) async -> Ending {
        self.signal(signal)
        let killer = Task {
            try await Task.sleep(for: limit)
            self.signal(SIGKILL)
        }
        defer { killer.cancel() }
        return await wait()
    }

    private func ended(_ value: Ending) {
        let waiting = ending.withLock { state in
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume(returning: value) }
    }

    private func reap() -> Ending {
        var information = siginfo_t()
        // The id stays taken until it is reaped: until then its group can be signalled without meeting a stranger.
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        var status: Int32 = 0
        isReaped.withLock { isReaped in
            kill(-id, SIGKILL)
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            isReaped = true
        }
        // As the macros WIFSIGNALED and WEXITSTATUS have it, which Swift does not see.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }
}

private func spawn(
    _ path: String,
    _ arguments: [String],
    environment: [String: String],
    directory: String?,
    _ ends: OutputEnds
) -> Result<Int32, ChildProcess.StartFault> {
    let path = located(path, environment)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends.output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends.error, STDERR_FILENO)
    if let directory, changeFolder?(&actions, directory) != 0 {
        return .failure(ChildProcess.StartFault(description: "\(path) cannot be started in \(directory)"))
    }
    // A socket that a task holds would keep its port taken, and its connection open, after we have closed it.
    _ = closeFrom?(&actions, STDERR_FILENO + 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A terminal's Ctrl-C is for us alone: we end our children in order.
    posix_spawnattr_setpgroup(&attributes, 0)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let pairs = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var id: pid_t = 0
    let status = withCStrings([path] + arguments) { arguments in
        withCStrings(pairs) { environment in
            posix_spawn(&id, path, &actions, &attributes, arguments, environment)
        }
    }
    guard status == 0 else {
        let why = String(cString: strerror(status))
        return .failure(ChildProcess.StartFault(description: "\(path) cannot be started: \(why)"))
    }
    return .success(id)
}

/// As `execvp` finds a program, with the child's own PATH.
private func located(_ path: String, _ environment: [String: String]) -> String {
    guard !path.contains("/") else { return path }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    return folders.lazy.map { "\($0)/\(path)" }.first { access($0, X_OK) == 0 } ?? path
}

/// Makes a child change its folder: in glibc since 2.29, whose header hides it from Swift.
private let changeFolder:
    (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32)? =
        unsafeBitCast(
            dlsym(nil, "posix_spawn_file_actions_addchdir_np"),
            to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32)?.self
        )

/// Makes a child close every descriptor from this one on: in glibc since 2.34, whose header hides it from Swift.
private let closeFrom: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)? =
    unsafeBitCast(
        dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"),
        to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)?.self
    )

/// Lends C strings and the null that ends their list.
private func withCStrings<Value>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("a list with its null is never empty") }
        return body(base)
    }
}
