import Glibc

/// A task's own directory, where its output goes.
///
/// Below the agent's directory it lies where the agent's files API has it; a task that is its own pod has the pod's.
struct Sandbox {
    let path: String

    init(_ root: String, agent: String, framework: String, executor: String, task: String?) throws {
        let pod = "\(root)/\(agent)/frameworks/\(framework)/executors/\(executor)/runs/latest"
        path = task.map { "\(pod)/tasks/\($0)" } ?? pod
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            made += "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw ChildProcess.StartFault(description: "no sandbox \(path): \(String(cString: strerror(errno)))")
            }
        }
    }
}

/// Puts local directories where a task names absolute paths in its container: here it has no file system of its own.
struct PathSubstitution: Sendable {
    private static let shell = "/bin/sh"

    private let paths: [(container: String, local: String)]
    /// The image's own, in the place of `/bin/sh`; nil for this machine's.
    private let shell: String?

    init(_ paths: [(container: String, local: String)], shell: String? = nil) {
        self.paths = paths
        self.shell = shell
    }

    /// A path that is relative is one in the sandbox, as Mesos has it (12-docker-volume).
    func link(in sandbox: String) throws {
        for (container, local) in paths where !container.hasPrefix("/") {
            guard !container.contains("/"), symlink(local, "\(sandbox)/\(container)") == 0 else {
                throw ChildProcess.StartFault(description: "a volume cannot be put at \(container)")
            }
        }
    }

    /// With one more place.
    func adding(_ container: String, _ local: String) -> PathSubstitution {
        PathSubstitution(paths + [(container, local)], shell: shell)
    }

    /// The program that runs a command, and its arguments.
    func apply(_ command: TaskDescription.Command) -> (path: String, arguments: [String]) {
        guard let arguments = command.arguments else { return (shell ?? Self.shell, ["-c", apply(command.value)]) }
        return (program(command.value), arguments.map(program))
    }

    private func program(_ word: String) -> String { word == Self.shell ? shell ?? word : apply(word) }

    func apply(_ text: String) -> String {
        var text = text
        for (container, local) in paths where container.hasPrefix("/") {
            text = text.split(separator: container, omittingEmptySubsequences: false).joined(separator: local)
        }
        return text
    }
}

/// As many random bytes as asked for.
func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max) } }

/// In the usual form of 36 characters.
func randomUUID() -> String {
    let digits = randomBytes(16).map { byte in
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0\(text)" : text
    }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
}

/// True for a name that this machine knows; a number is no name, as with real agents (recording 20).
func isUser(_ name: String) -> Bool {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    // Far more than a line of /etc/passwd; what is longer is not found.
    var buffer = [CChar](repeating: 0, count: 16 * 1_024)
    return getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0 && found != nil
}
