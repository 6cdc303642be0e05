import Foundation
import Glibc
import LocalCluster
import Synchronization

/// A real ZooKeeper, Debian's, on a free loopback port and with a folder of its own.
package final class ZooKeeperServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let libraries = "/usr/share/java/zookeeper.jar"
    private static let main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"

    private let folder: String
    private let process: Mutex<ChildProcess>
    /// Where it listens.
    package let port: UInt16
    /// `127.0.0.1:PORT`.
    package var address: String { "127.0.0.1:\(port)" }

    /// Starts one, and waits until it answers.
    ///
    /// - Throws: ``Failure``, with its last words.
    package static func start() async throws -> ZooKeeperServer {
        let server = try ZooKeeperServer()
        try await server.answers()
        return server
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/understudy-zookeeper-\(UUID().uuidString)"
        port = try Self.freePort()
        try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: true)
        let settings = """
            tickTime=200
            dataDir=\(folder)/data
            clientPort=\(port)
            clientPortAddress=127.0.0.1
            admin.enableServer=false
            4lw.commands.whitelist=ruok
            minSessionTimeout=500
            maxSessionTimeout=60000
            maxClientCnxns=0

            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: "\(folder)/zoo.cfg"))
        process = Mutex(try Self.process(folder))
    }

    private static func process(_ folder: String) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/java",
            [
                // A small heap and the simplest compiler: it lives for seconds, beside others like it.
                "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", libraries, main, "\(folder)/zoo.cfg",
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            output: .files(output: "\(folder)/log", error: "\(folder)/log")
        )
    }

    private static func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = Loopback.address(port: 0)
        guard Loopback.bind(socket, &address) else { throw Failure(description: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Asks `ruok` until the answer is `imok`.
    private func answers() async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            guard process.withLock({ $0.isRunning }) else { break }
            if ask() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let words = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "nothing"  // then that is all
        await stop()
        throw Failure(description: "ZooKeeper does not answer; it said: \(words.suffix(2_000))")
    }

    private func ask() -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        guard Loopback.connect(socket, port) else { return false }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var answer = [UInt8](repeating: 0, count: 4)
        return write(socket, "ruok", 4) == 4 && recv(socket, &answer, 4, Int32(MSG_WAITALL)) == 4
            && answer == Array("imok".utf8)
    }

    /// It dies at once, and comes back with what was on its disk.
    package func restart() async throws {
        let old = process.withLock { $0 }
        old.signal(SIGKILL)
        _ = await old.wait()
        let new = try Self.process(folder)
        process.withLock { $0 = new }
        try await answers()
    }

    /// Ends it and removes its folder.
    package func stop() async {
        let process = process.withLock { $0 }
        process.signal(SIGKILL)
        _ = await process.wait()
        // What stays is in the system's temporary folder.
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Addresses on 127.0.0.1.
enum Loopback {
    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// Binds a socket, and puts the port that it got into the address.
    static func bind(_ socket: Int32, _ address: inout sockaddr_in) -> Bool {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
    }

    static func connect(_ socket: Int32, _ port: UInt16) -> Bool {
        var address = address(port: port)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
