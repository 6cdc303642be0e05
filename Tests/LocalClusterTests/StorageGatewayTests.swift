import Foundation
import SeededRandom
import Testing

@testable import LocalCluster

@Suite("The gateway over HTTP", .timeLimit(.minutes(6)))
struct StorageGatewayTests {
    /// One exchange on a connection of its own.
    ///
    /// - Returns: all that came back before the connection ended; empty when there is none to be had.
    private static func exchange(_ request: [UInt8], port: UInt16) -> String {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return "" }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            sent += count
        }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &part, part.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += part[..<count]
        }
    }

    /// The server needs the threads that a blocking call would take: so it blocks another one.
    private func exchange(_ line: String, body: String = "", port: UInt16) async -> String {
        let head =
            "\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Self.exchange(Array((head + body).utf8), port: port))
            }
        }
    }

    private func started() async throws -> (StorageFixture, UInt16) {
        let fixture = try StorageFixture()
        #expect(fixture.cluster.url == "")
        try await fixture.cluster.start()
        let port = try #require(URL(string: fixture.cluster.url)?.port)
        return (fixture, UInt16(port))
    }

    @Test("calls are answered in JSON, unknown paths and methods in text")
    func calls() async throws {
        let (fixture, port) = try await started()
        let version = await exchange("GET /v1/identities/version", port: port)
        #expect(version.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(version.lowercased().contains("content-type: application/json\r\n"))
        #expect(version.contains(#""version":"0.101.34""#))
        #expect(await exchange("GET /v1/nope", port: port).hasSuffix("Not Found\n"))
        #expect(await exchange("GET /", port: port).hasPrefix("HTTP/1.1 404 "))
        #expect(await exchange("GET /v1/volumes/inspect/%zz", port: port).hasPrefix("HTTP/1.1 404 "))
        #expect(await exchange("PATCH /v1/volumes", port: port).hasPrefix("HTTP/1.1 405 "))
        #expect(
            await exchange("GET /v1/volumes/snapshots?volume_id=no%20such", port: port).contains(
                "Volume id no such not found"
            )
        )
        let made = await exchange(
            "POST /v1/volumes/snapshots",
            body: #"{"volume_id":"simple","name":"s/1"}"#,
            port: port
        )
        #expect(made.contains("snapshot_id"))
        #expect(await exchange("GET /v1/volumes/inspect/s%2F1", port: port).hasPrefix("HTTP/1.1 200 "))
        await fixture.cluster.stop()
        #expect(await exchange("GET /v1/volumes", port: port) == "")
        await fixture.cluster.stop()
    }

    @Test("malformed and oversized bodies are refused with an error's body")
    func badBodies() async throws {
        let (fixture, port) = try await started()
        for body in [#"{"name":"#, "[]", "7", #"{"spec":{"size":-1}}"#, #"{"name":7}"#, "{}{", "\u{0}", "\"\\ud800\""] {
            let answer = await exchange("POST /v1/volumes", body: body, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(body): \(answer)")
            #expect(answer.contains(#""code":3"#))
        }
        let deep = String(repeating: "[", count: 100_000)
        #expect(await exchange("POST /v1/volumes", body: deep, port: port).hasPrefix("HTTP/1.1 400 "))
        let large = String(repeating: " ", count: GatewayServer.bodyMax + 1)
        let answer = await exchange("POST /v1/volumes", body: large, port: port)
        #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        #expect(answer.contains(#""message":"#))
        await fixture.cluster.stop()
    }

    @Test("whatever is changed in a request, there is an answer")
    func fuzz() async throws {
        let fixture = try StorageFixture()
        var random = SplitMix64(seed: 20_261_123)
        let bodies = [
            #"{"name":"a","labels":{"b":"c"},"spec":{"size":"1073741824","ha_level":1,"cos":"LOW","replica_set":{"nodes":["1"]}}}"#,
            #"{"volume_id":"simple","name":"s","labels":{"a":"b"}}"#,
        ]
        let targets = ["volumes", "volumes/snapshots", "volumes/clone", "volumes/inspectwithfilters"]
        for round in 0..<1_000 {
            var body = Array(bodies[round % bodies.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[position] = UInt8.random(in: 0...255, using: &random)
                case 1: body.remove(at: position)
                default: body.insert(contentsOf: body[..<position].suffix(9), at: position)
                }
            }
            let target = targets[round / 2 % targets.count].split(separator: "/").map(String.init)
            let answer = await fixture.cluster.answer(.init(method: "POST", path: target, query: [:], body: body))
            guard case .json(let status, _) = answer else {
                Issue.record("no JSON in round \(round)")
                return
            }
            #expect([200, 400, 404, 409, 500].contains(status))
        }
    }
}
