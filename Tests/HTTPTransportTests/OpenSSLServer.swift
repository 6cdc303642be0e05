import Glibc

/// `openssl s_server` with a certificate of its own making for 127.0.0.1, as a child process.
final class OpenSSLServer {
    /// Long enough for a slow machine to start a process or make a key.
    private static let patienceMilliseconds: Int32 = 30_000

    /// Whether the tool is there.
    static let isInstalled = path != nil

    private static let path: String? = {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/openssl" }.first { access($0, X_OK) == 0 }
    }()

    struct Failure: Error { let step: String }

    let port: Int
    let certificate: String
    private let folder: String
    private let process: pid_t
    private let output: Int32

    init() throws {
        folder = try Self.makeFolder()
        certificate = folder + "/cert.pem"
        let key = folder + "/key.pem"
        let made = try Self.spawn([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=understudy test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ])
        _ = Self.readLine(made.output, containing: "\0")  // to the end of its output
        close(made.output)
        guard Self.wait(made.process) == 0 else { throw Failure(step: "req") }
        let server = try Self.spawn(["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"])
        (process, output) = (server.process, server.output)
        let line = Self.readLine(server.output, containing: "ACCEPT ") ?? ""
        port = line.split(separator: ":").last.flatMap { Int($0) } ?? 0
        guard port != 0 else { throw Failure(step: "s_server") }
    }

    deinit {
        kill(process, SIGKILL)
        _ = Self.wait(process)
        close(output)
        for name in ["cert.pem", "key.pem"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private static func makeFolder() throws -> String {
        var template = Array("/tmp/understudy-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(step: "mkdtemp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Starts openssl with its output in a pipe; other tests' sockets close themselves in it.
    private static func spawn(_ arguments: [String]) throws -> (process: pid_t, output: Int32) {
        guard let path else { throw Failure(step: "PATH") }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(step: "pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let result = posix_spawn(&process, path, &actions, nil, &words, environ)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            throw Failure(step: "posix_spawn")
        }
        return (process, ends[0])
    }

    /// The first line that contains a text; nil at the end of the output or of our patience.
    private static func readLine(_ output: Int32, containing text: String) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, patienceMilliseconds) == 1, read(output, &byte, 1) == 1 else { return nil }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let whole = String(decoding: line, as: UTF8.self)
            if whole.contains(text) { return whole }
            line = []
        }
    }

    private static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = -1
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }
}
