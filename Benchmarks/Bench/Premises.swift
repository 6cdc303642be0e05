import FoundationEssentials
import Glibc
import LocalCluster
import Synchronization

/// What the bench leaves lying about while it works: a temporary folder, and processes.
final class Premises: Sendable {
    let directory: String
    private let processes = Mutex<[ChildProcess]>([])

    init() throws {
        let parent = FileManager.default.temporaryDirectory.path
        let name = "understudy-bench-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        directory = (parent.hasSuffix("/") ? parent : parent + "/") + name
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// An empty folder of this name.
    func folder(_ name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Starts a program that ends with us at the latest.
    func start(
        _ program: String,
        _ arguments: [String],
        in directory: String? = nil,
        line: @escaping @Sendable (_ line: String, _ isError: Bool) -> Void = { _, _ in }
    ) throws -> ChildProcess {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "GOFLAGS": "-mod=mod"]
        environment["HOME"] = self.directory
        if let libraries = getenv("LD_LIBRARY_PATH") { environment["LD_LIBRARY_PATH"] = String(cString: libraries) }
        let process = try ChildProcess(
            program,
            arguments,
            environment: environment,
            directory: directory,
            output: .lines(line)
        )
        processes.withLock { $0.append(process) }
        return process
    }

    /// Ends every process and removes the folder; safe to repeat.
    func clear() {
        let running = processes.withLock { processes in
            defer { processes = [] }
            return processes
        }
        running.forEach { $0.signal(SIGKILL) }
        // Go keeps its build cache read-only in places; what stays is in the system's temporary folder.
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// What kept a measurement from being taken.
struct BenchFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Looks until it is so.
///
/// - Throws: ``BenchFault`` after `limit`.
func until(_ what: String, within limit: Duration = .seconds(60), _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw BenchFault("it never came to this: \(what)") }
        try await Task.sleep(for: .milliseconds(1))
    }
}
