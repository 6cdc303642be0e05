import Foundation
import Glibc

/// `StateStoreWriter` as a child process: another scheduler, in small.
///
/// By `posix_spawn`, so that it can be killed the instant a line is read, and reaped at once.
final class StoreProcess {
    /// Long enough for a slow machine to start a process.
    private static let patienceMilliseconds: Int32 = 30_000

    struct Failure: Error { let step: String }

    private let process: pid_t
    private var input: Int32?
    private let output: Int32
    private var unread: [UInt8] = []
    private var status: Int32?

    /// Starts one.
    ///
    /// - Parameters:
    ///   - folder: the working directory.
    ///   - path: the store's.
    ///   - work: `hold`, or `write` and a seed.
    ///   - shell: what a shell does first.
    /// - Throws: `Failure`.
    init(in folder: TestFolder, _ path: String = "state.db", _ work: String..., shell: String = "true") throws {
        // A child that another test starts in between may hold our ends open: so nobody here waits for their end.
        var (inputs, outputs): ([Int32], [Int32]) = ([0, 0], [0, 0])
        // A socket, since a word to a process that has ended must not be SIGPIPE to the tests.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &inputs) == 0, pipe(&outputs) == 0 else {
            throw Failure(step: "pipe")
        }
        for end in inputs + outputs { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputs[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], 1)
        let command = ["/bin/sh", "-c", "\(shell); exec \"$0\" \"$@\"", try Self.program(), folder.path, path] + work
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/bin/sh", &actions, nil, &words, environ)
        close(inputs[0])
        close(outputs[1])
        (self.process, input, output) = (process, inputs[1], outputs[0])
        guard result == 0 else {
            status = 0
            throw Failure(step: "posix_spawn")
        }
    }

    deinit {
        if status == nil { _ = kill() }
        closeInput()
        close(output)
    }

    /// The program that was built beside the tests.
    private static func program() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/StateStoreWriter"
    }

    /// Its next line; waits for it.
    func line() throws -> String {
        while true {
            if let line = takeLine() { return line }
            guard fill(within: Self.patienceMilliseconds) else { throw Failure(step: "a line that never came") }
        }
    }

    /// Tells a `hold` to give the store back, and waits for its end.
    ///
    /// - Returns: whether it ended well.
    func finish() -> Bool {
        closeInput()
        return reap() == 0
    }

    /// Kills it, wherever it is.
    ///
    /// - Returns: the lines that it had said and that nobody had read.
    func kill() -> [String] {
        _ = Glibc.kill(process, SIGKILL)
        return end()
    }

    /// Waits for its end, and gives its last lines, which have to fit into a pipe.
    ///
    /// One that was to be refused and was not hears that it is over.
    func end() -> [String] {
        closeInput()
        _ = reap()
        return rest()
    }

    /// To a `hold`, as good as a word.
    private func closeInput() {
        guard let input else { return }
        // With a word before it: a child that another test started may have this end too, and keep it open.
        if status == nil { _ = send(input, "\n", 1, Int32(MSG_NOSIGNAL)) }
        close(input)
        self.input = nil
    }

    private func reap() -> Int32 {
        if let status { return status }
        var status: Int32 = -1
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        self.status = status
        return status
    }

    private func rest() -> [String] {
        while fill(within: 0) {}
        var lines: [String] = []
        while let line = takeLine() { lines.append(line) }
        return lines
    }

    private func takeLine() -> String? {
        guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { unread.removeFirst(end + 1) }
        return String(decoding: unread[..<end], as: UTF8.self)
    }

    /// False when nothing has come, or nothing will.
    private func fill(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        guard poll(&wanted, 1, milliseconds) == 1 else { return false }
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer.prefix(count)
        return true
    }
}
