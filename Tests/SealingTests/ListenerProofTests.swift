import Glibc
import LocalCluster
import Model
import Testing

@testable import Sealing

@Suite("Who answers on a port", .timeLimit(.minutes(1)))
struct ListenerProofTests {
    /// Listens on a port of the system's choice, for as long as the body takes.
    private func listening(on host: String, _ body: (UInt16) throws -> Void) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, host, &address.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: every sockaddr_in begins as a sockaddr does, and its length goes with it.
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        try #require(bound)
        try body(UInt16(bigEndian: address.sin_port))
    }

    private func proof(_ port: UInt16, _ process: pid_t) -> ListenerProof {
        ListenerProof(address: [127, 0, 0, 1], port: port, process: process)
    }

    @Test(
        "a socket of the process itself is its own, on this address and on every address",
        arguments: ["127.0.0.1", "0.0.0.0"]
    )
    func own(_ host: String) throws {
        try listening(on: host) { port in
            let verdict = try proof(port, getpid()).listener()
            #expect(verdict == .ours)
        }
    }

    @Test("another process' socket is another's, although it answers")
    func another() async throws {
        let stranger = try ChildProcess(
            "/bin/sh",
            ["-c", "exec sleep 60"],
            environment: [:],
            output: .files(output: "/dev/null", error: "/dev/null")
        )
        try listening(on: "127.0.0.1") { port in
            let verdict = try proof(port, stranger.id).listener()
            #expect(verdict == .another)
        }
        _ = await stranger.end(by: SIGKILL, within: .seconds(5))
    }

    @Test("a socket on another address of this machine would not answer, and is not looked at")
    func elsewhere() throws {
        try listening(on: "127.0.0.9") { port in
            let verdict = try proof(port, getpid()).listener()
            #expect(verdict == .nobody)
        }
    }

    @Test("a connection that is no socket of the process is not proved")
    func connection() throws {
        try listening(on: "127.0.0.1") { port in
            #expect { try proof(port, getpid()).prove(connectionFrom: 1) } throws: {
                ($0 as? SealFailure)?.fault == .notOurCassandra
            }
        }
    }

    @Test("a table is read as the kernel writes it, IPv6 and all, and a line that is none is left out")
    func table() {
        var table = SocketTable()
        table.add(
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71 1 0 100 0
               1: 0200007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 72 1 0 100 0
               2: 0100007F:2352 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 73 1 0 100 0
               3: broken
               4: XYZ 0100007F:C001 01 0 0 0 0 0 0 x

            """
        )
        let words = String(repeating: "0", count: 32)
        table.add(
            """
              sl  local_address                         remote_address
               0: \(words):2352 \(words):0000 0A 00000000:00000000 00:00000000 00000000     0        0 74 1 0 100 0
               1: 0000000000000000FFFF00000100007F:2352 \(words):0000 0A 0:0 00:0 0     0        0 75 1 0 100 0
            """
        )
        #expect(table.sockets.map(\.inode) == [71, 72, 73, 74, 75])
        #expect(table.listeners(on: [127, 0, 0, 1], 9_042).map(\.inode) == [71, 74, 75])
        #expect(table.accepted(on: [127, 0, 0, 1], 9_042, from: 0xC001)?.inode == 73)
    }
}
