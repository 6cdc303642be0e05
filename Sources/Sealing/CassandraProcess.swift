import Cassandra
import Glibc
import Model
import Synchronization

/// One boot of Cassandra, as a child of this process.
final class CassandraProcess: Sendable {
    /// How it ended.
    enum Ending: Equatable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)

        /// Of a wait status.
        init(status: Int32) {
            let signal = status & 0x7F
            self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
        }

        /// As a shell has it.
        var code: Int32 {
            switch self {
            case .exited(let code): code
            case .signalled(let number): 128 + number
            }
        }

        var description: String {
            switch self {
            case .exited(let code): "exit \(code)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    /// Of it, or of the script that starts it.
    let id: pid_t
    private let output: OutputReader
    private let ended = Mutex<Ending?>(nil)

    /// Starts a program; what it says goes to standard output, line by line.
    ///
    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - environment: the whole of it.
    /// - Throws: `bootFailed` when it cannot be started.
    init(_ arguments: [String], environment: [String: String]) throws(SealFailure) {
        var pipe: [Int32] = [-1, -1]
        guard Glibc.pipe(&pipe) == 0 else { throw SealFailure(.bootFailed, "no pipe: \(lastError())") }
        defer { close(pipe[1]) }
        // Neither end is for the child under its own number.
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process holds back from itself, its child is to hear.
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let program = arguments.first ?? ""
        var process = pid_t()
        let result = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&process, program, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else {
            close(pipe[0])
            throw SealFailure(.bootFailed, "\(program): \(String(cString: strerror(result)))")
        }
        id = process
        output = OutputReader(descriptor: pipe[0])
    }

    /// The first line that Cassandra's own words explain; nil when there was none.
    var complaint: CassandraComplaint? { output.complaint }

    /// How it ended; nil while it runs.
    func ending() -> Ending? { reap(WNOHANG) }

    /// Waits for its end, and for all that it has said.
    func wait() -> Ending {
        while true {
            if let ending = reap(0) {
                output.join()
                return ending
            }
        }
    }

    /// Waits for its end for so long.
    func wait(milliseconds: Int64) -> Ending? {
        let deadline = monotonicMilliseconds() + milliseconds
        while ending() == nil {
            guard monotonicMilliseconds() < deadline else { return nil }
            pause(milliseconds: 20)
        }
        return wait()
    }

    func signal(_ number: Int32) {
        // Once it was waited for, its number may be another's.
        ended.withLock { if $0 == nil { kill(id, number) } }
    }

    private func reap(_ options: Int32) -> Ending? {
        if let known = ended.withLock({ $0 }) { return known }
        // Without the lock while it blocks: whoever signals must not wait for the end.
        if options == 0 {
            var information = siginfo_t()
            while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        }
        return ended.withLock { ended in
            if ended != nil { return ended }
            var status: Int32 = 0
            guard waitpid(id, &status, WNOHANG) == id else { return nil }
            ended = Ending(status: status)
            return ended
        }
    }
}

/// Sleeps for so long.
func pause(milliseconds: Int64) {
    var time = timespec(tv_sec: Int(milliseconds / 1_000), tv_nsec: Int(milliseconds % 1_000) * 1_000_000)
    nanosleep(&time, nil)
}

/// Lends texts as C has them, with a null at the end.
func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let pointers = texts.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
}
