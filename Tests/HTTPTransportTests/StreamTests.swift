@testable import HTTPTransport
import ScriptedServer
import Testing

@Suite("an answer read as it comes")
struct StreamTests {
    private let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// Reads to the end, or to the error.
    private func readAll(_ stream: HTTPStream) async -> (bytes: [UInt8], error: HTTPError?) {
        var bytes: [UInt8] = []
        do throws(HTTPError) {
            while let more = try await stream.next(within: .seconds(50)) { bytes += more }
            return (bytes, nil)
        } catch {
            return (bytes, error)
        }
    }

    @Test("bytes arrive as they are sent, and the last chunk is the end", .timeLimit(.minutes(6)))
    func chunks() async throws {
        let server = try ScriptedServer.scripted { [chunked] _ in
            [
                .readRequest, .write(chunked), .stall(until: "one"), .write("3\r\none\r\n"), .stall(until: "two"),
                .writeOneByOne("3\r\ntwo\r\n0\r\n\r\n"), .readRequest, .waitForEnd,
            ]
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let stream = try await client.stream(.init(method: "POST", url: server.url))
        #expect(stream.head.status == 200)
        server.open("one")
        #expect(try await stream.next(within: nil) == Array("one".utf8))
        server.open("two")
        #expect(await readAll(stream).bytes == Array("two".utf8))
        #expect(try await stream.next(within: nil) == nil)
        let second = Task { [url = server.url] in await failure(client, .init(url: url)) }
        #expect(await server.wait { $0.requests == 2 })
        #expect(server.counts.connections == 1, "a stream's proper end frees its connection")
        second.cancel()
        _ = await second.value
    }

    @Test("a connection that ends without the last chunk is a truncated body", .timeLimit(.minutes(6)))
    func truncated() async throws {
        for tail in ["5\r\nhello\r\n", "5\r\nhello\r\n5\r\nhe", "5\r\nhello\r\n0\r\n"] {
            let server = try ScriptedServer.scripted { [chunked] _ in [.readRequest, .write(chunked + tail), .close] }
            defer { server.stop() }
            let stream = try await HTTPClient().stream(.init(url: server.url))
            let (bytes, error) = await readAll(stream)
            #expect(bytes.starts(with: "hello".utf8), "what came before the failure is handed out")
            #expect(error?.code == "http.truncated")
            #expect(error?.retry == .outcomeUnknown)
            #expect(await readAll(stream).error?.code == "http.truncated", "and the failure stays")
        }
    }

    @Test("a length that is reached is the end, one that is not is truncation", .timeLimit(.minutes(6)))
    func length() async throws {
        let server = try ScriptedServer.scripted { number in
            [.readRequest, .write("HTTP/1.1 200 OK\r\nContent-Length: \(5 + number)\r\n\r\nhello"), .close]
        }
        defer { server.stop() }
        let client = try HTTPClient()
        #expect(await readAll(try client.stream(.init(url: server.url))).error == nil)
        #expect(await readAll(try client.stream(.init(url: server.url))).error?.code == "http.truncated")
    }

    @Test("a reader's limit on silence ends the stream", .timeLimit(.minutes(6)))
    func stalled() async throws {
        let server = try ScriptedServer.scripted { [chunked] _ in
            [.readRequest, .write(chunked + "3\r\none\r\n"), .waitForEnd]
        }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(.init(url: server.url))
        #expect(try await stream.next(within: .seconds(50)) == Array("one".utf8))
        let error = await #expect(throws: HTTPError.self) { try await stream.next(within: .milliseconds(50)) }
        #expect(error?.code == "http.stalled")
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("the total deadline is not for streams, the stall deadline holds until the head", .timeLimit(.minutes(6)))
    func deadlines() async throws {
        let server = try ScriptedServer.scripted { [chunked] number in
            number == 0
                ? [.readRequest, .write(chunked), .stall(until: "go"), .write("3\r\none\r\n0\r\n\r\n"), .waitForEnd]
                : [.readRequest, .waitForEnd]
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let brief = HTTPDeadlines(stall: .milliseconds(100), total: .milliseconds(1))
        let stream = try await client.stream(.init(url: server.url, deadlines: brief))
        // The second request's stall deadline passes after the first one's would have.
        let error = await #expect(throws: HTTPError.self) {
            try await client.stream(.init(url: server.url, deadlines: brief))
        }
        #expect(error?.code == "http.stalled")
        server.open("go")
        #expect(await readAll(stream).bytes == Array("one".utf8))
    }

    @Test("a slow reader pauses the transfer, and no byte is lost", .timeLimit(.minutes(6)))
    func backPressure() async throws {
        let total = 96 << 20  // more than the kernel's buffers on both sides can hold
        let server = try ScriptedServer.scripted { number in
            number == 0
                ? [
                    .readRequest, .write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n"), .flood(bytes: total),
                    .waitForEnd,
                ]
                : [.serve({ _ in .init() })]
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let stream = try await client.stream(.init(url: server.url))
        // Each round trip passes through the loop's thread, which would read the flood as well if it were not paused.
        while !stream.exchange.isPaused { _ = try await client.send(.init(url: server.url)) }
        for _ in 0..<50 { _ = try await client.send(.init(url: server.url)) }
        #expect(stream.exchange.isPaused)
        #expect(stream.exchange.bufferedBytes <= Exchange.streamBufferBytesMax)
        #expect(server.counts.bytesWritten < total)
        var received = 0
        while let bytes = try await stream.next(within: .seconds(50)) {
            #expect(bytes.count <= Exchange.streamBufferBytesMax)
            received += bytes.count
        }
        #expect(received == total)
    }

    @Test("a second reader at the same time is told so", .timeLimit(.minutes(6)))
    func twoReaders() async throws {
        let server = try ScriptedServer.scripted { [chunked] _ in
            [.readRequest, .write(chunked), .stall(until: "go"), .write("3\r\none\r\n0\r\n\r\n"), .waitForEnd]
        }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(.init(url: server.url))
        let codes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do throws(HTTPError) {
                        return try await stream.next(within: nil).map { String(decoding: $0, as: UTF8.self) } ?? "end"
                    } catch {
                        return error.code
                    }
                }
            }
            let first = await group.next()
            server.open("go")
            return [first, await group.next()]
        }
        #expect(codes == ["http.concurrent_read", "one"])
    }
}
