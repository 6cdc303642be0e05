import Glibc
import LocalCluster
import Synchronization

/// The load rig's programs, built into a folder of ours: its own folder is only read.
struct RigTools: Sendable {
    /// Plays the master.
    let master: String
    /// The lower bound for a scheduler on the same libraries; nil when it cannot be built here.
    let floor: String?

    /// Builds them.
    ///
    /// - Returns: why not, when something is missing.
    static func build(from rig: String, on premises: Premises) async throws -> Result<RigTools, BenchFault> {
        guard access("\(rig)/main.go", R_OK) == 0 else { return .failure(BenchFault("no load rig at \(rig)")) }
        guard access("/usr/bin/go", X_OK) == 0 else { return .failure(BenchFault("no Go compiler (golang-go)")) }
        let folder = try premises.folder("rig")
        let master = "\(folder)/fakemaster"
        try await shell("cp '\(rig)'/*.go '\(rig)/go.mod' . && go build -o '\(master)' .", in: folder, premises)
        return .success(RigTools(master: master, floor: await floor(rig, folder, premises)))
    }

    private static func floor(_ rig: String, _ folder: String, _ premises: Premises) async -> String? {
        let program = "\(folder)/floor"
        let build = """
            cp '\(rig)/peers/floor/sched.c' '\(rig)/peers/floor/mesos_min.proto' . && protoc-c --c_out=. mesos_min.proto \
            && gcc -O2 -o '\(program)' sched.c mesos_min.pb-c.c -lcurl -lprotobuf-c
            """
        do {
            try await shell(build, in: folder, premises)
            return program
        } catch {
            // The rows that compare us to it are skipped; all others stand without it.
            return nil
        }
    }

    private static func shell(_ command: String, in folder: String, _ premises: Premises) async throws {
        let said = Said()
        let process = try premises.start("/bin/sh", ["-c", command], in: folder) { line, _ in said.add(line) }
        guard await process.wait() == .exited(0) else { throw BenchFault("\(command) failed:\n\(said.text)") }
    }
}

/// Lines that came on other threads.
final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
