import Foundation
import SeededRandom
import Testing

@testable import StandIn

@Suite("The stand-in's line protocol", .timeLimit(.minutes(3)))
struct ProtocolTests {
    @Test("a wrong command is answered with a code, and the connection goes on")
    func refusals() async throws {
        let home = try Home()
        try await home.serving { client async throws in
            for (line, code) in [
                ("", "unknown"), ("hello", "unknown"), ("SELECT * FROM guests", "bad_argument"),
                ("DROP TABLE", "bad_argument"),
                ("ADD", "bad_text"), ("ADD ", "bad_text"), ("ADD a\tb", "bad_text"), ("ADD \u{0}", "bad_text"),
            ] {
                let error = #expect(throws: StandInError.self) { try client.call(line) }
                #expect(error?.code == code, "\(line)")
            }
            #expect(throws: StandInError.self) { try client.call("ADD a\nDROP") }
            #expect(try client.call("COUNT") == ["0"])
        }
    }

    @Test("lines may come in any pieces, several at once, and end with CR LF")
    func pieces() async throws {
        let home = try Home()
        try await home.onPort { port async throws in
            let socket = try Sockets.connect(host: "127.0.0.1", port: port, timeoutSeconds: 20)
            for byte in Array("ADD a\r\nADD b\nCOUNT\nLIST\n".utf8) { _ = Sockets.send([byte], to: socket) }
            let expected = "OK 1\n1\nOK 1\n2\nOK 1\n2\nOK 2\na\nb\n"
            #expect(receive(expected.utf8.count, from: socket) == expected)
        }
    }

    @Test("a line that is too long, or no UTF-8, is refused")
    func badLines() async throws {
        let home = try Home()
        try await home.onPort { port async throws in
            let socket = try Sockets.connect(host: "127.0.0.1", port: port, timeoutSeconds: 20)
            _ = Sockets.send([0x41, 0xFF, 0x0A], to: socket)
            #expect(receive(27, from: socket) == "ERR bad_text a line is UTF-")
            let client = try StandInClient.connect(host: "127.0.0.1", port: port)
            let error = #expect(throws: StandInError.self) {
                try client.call("ADD " + String(repeating: "x", count: Connection.lineMax * 4))
            }
            // The rest of the line may still be on its way when the connection ends.
            #expect(["too_long", "standin.closed"].contains(error?.code))
            let next = try StandInClient.connect(host: "127.0.0.1", port: port)
            #expect(try next.call("COUNT") == ["0"])
        }
    }

    @Test("the 65th connection is sent away")
    func busy() async throws {
        let home = try Home()
        try await home.onPort { port async throws in
            var clients: [StandInClient] = []
            for _ in 0..<Server.connectionsMax {
                let client = try StandInClient.connect(host: "127.0.0.1", port: port)
                _ = try client.call("COUNT")
                clients.append(client)
            }
            let socket = try Sockets.connect(host: "127.0.0.1", port: port, timeoutSeconds: 20)
            #expect(receive(8, from: socket) == "ERR busy")
            #expect(try clients[0].call("COUNT") == ["0"])
        }
    }

    @Test("a silent connection is closed")
    func idle() async throws {
        let home = try Home()
        try await home.onPort(idleLimit: .milliseconds(50)) { port async throws in
            let socket = try Sockets.connect(host: "127.0.0.1", port: port, timeoutSeconds: 20)
            var buffer = [UInt8](repeating: 0, count: 1)
            guard case .closed = Sockets.receive(socket, into: &buffer) else {
                Issue.record("still open")
                return
            }
        }
    }

    @Test("whatever bytes come, it goes on serving")
    func fuzz() async throws {
        let home = try Home()
        try await home.onPort { port async throws in
            var random = SplitMix64(seed: 64)
            let words = ["ADD ", "LIST", "\n", "\r\n", "DROP", "COUNT\n", "\u{0}", "HELLO\n", "ä", "OK 1\n"].map {
                Array($0.utf8)
            }
            for _ in 0..<100 {
                let socket = try Sockets.connect(host: "127.0.0.1", port: port, timeoutSeconds: 20)
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let bytes: [UInt8] =
                        Bool.random(using: &random)
                        ? words.randomElement(using: &random) ?? []
                        : (0..<Int.random(in: 1...300, using: &random)).map { _ in
                            UInt8.random(in: 0...255, using: &random)
                        }
                    _ = Sockets.send(bytes[...], to: socket)
                }
            }
            let client = try StandInClient.connect(host: "127.0.0.1", port: port)
            #expect(try client.call("HELLO").count == 3)
        }
    }

    /// That many bytes, or fewer when the connection ends.
    private func receive(_ count: Int, from socket: Descriptor) -> String {
        var received: [UInt8] = []
        while received.count < count {
            var part = [UInt8](repeating: 0, count: count - received.count)
            guard case .bytes(let length) = Sockets.receive(socket, into: &part) else { break }
            received += part[..<length]
        }
        return String(decoding: received, as: UTF8.self)
    }
}
