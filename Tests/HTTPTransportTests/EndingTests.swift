@testable import HTTPTransport
import ScriptedServer
import Testing

@Suite("cancellation, shutdown and rest")
struct EndingTests {
    private let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    private let patience = HTTPDeadlines(connect: .seconds(50), stall: .seconds(50), total: .seconds(50))

    @Test("cancelling the task of a request closes its connection", .timeLimit(.minutes(6)))
    func cancelSend() async throws {
        let server = try ScriptedServer.scripted { _ in [.readRequest, .waitForEnd] }
        defer { server.stop() }
        let client = try HTTPClient()
        let request = HTTPRequest(method: "POST", url: server.url, deadlines: patience)
        let task = Task { await failure(client, request) }
        await server.wait { $0.requests == 1 }
        task.cancel()
        let error = try #require(await task.value)
        #expect(error.code == "http.cancelled")
        #expect(error.retry == .outcomeUnknown)
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("a task that is cancelled already sends nothing", .timeLimit(.minutes(6)))
    func cancelledBefore() async throws {
        let server = try ScriptedServer { _ in .init() }
        defer { server.stop() }
        let client = try HTTPClient()
        let request = HTTPRequest(url: server.url)
        let error = await withTaskGroup(of: HTTPError?.self) { group in
            group.cancelAll()
            group.addTask { await failure(client, request) }
            return await group.next() ?? nil
        }
        #expect(error?.code == "http.cancelled")
        #expect(error?.retry == .safe)
        #expect(server.counts.connections == 0)
    }

    @Test("cancelling the task that reads a stream closes its connection", .timeLimit(.minutes(6)))
    func cancelRead() async throws {
        let server = try ScriptedServer.scripted { [chunked] _ in [.readRequest, .write(chunked), .waitForEnd] }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(.init(url: server.url))
        let task = Task { try await stream.next(within: nil) }
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.code == "http.cancelled")
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("cancelling or dropping a stream closes its connection", .timeLimit(.minutes(6)))
    func cancelStream() async throws {
        let server = try ScriptedServer.scripted { [chunked] _ in [.readRequest, .write(chunked), .waitForEnd] }
        defer { server.stop() }
        let client = try HTTPClient()
        let stream = try await client.stream(.init(url: server.url))
        stream.cancel()
        stream.cancel()
        #expect(await server.wait { $0.ends == 1 })
        let error = await #expect(throws: HTTPError.self) { try await stream.next(within: nil) }
        #expect(error?.code == "http.cancelled")
        _ = try await client.stream(.init(url: server.url))
        #expect(await server.wait { $0.ends == 2 })
    }

    @Test("shutdown ends all that runs or waits, closes all connections, and may be repeated", .timeLimit(.minutes(6)))
    func shutdown() async throws {
        let server = try ScriptedServer.scripted { [chunked] number in
            number == 0 ? [.readRequest, .write(chunked), .waitForEnd] : [.readRequest, .waitForEnd]
        }
        defer { server.stop() }
        let client = try HTTPClient(.init(connectionsPerHost: 3))
        let stream = try await client.stream(.init(url: server.url))
        let request = HTTPRequest(url: server.url, deadlines: patience)
        let tasks = (0..<5).map { _ in Task { await failure(client, request) } }
        await server.wait { $0.requests == 3 }
        async let once: Void = client.shutdown()
        async let twice: Void = client.shutdown()
        _ = await (once, twice)
        await client.shutdown()
        var retries: [HTTPError.Retry] = []
        for task in tasks {
            let error = try #require(await task.value)
            #expect(error.code == "http.shut_down")
            retries.append(error.retry)
        }
        #expect(retries.count { $0 == .outcomeUnknown } == 2, "those that were sent")
        #expect(retries.count { $0 == .safe } == 3, "those that waited for a connection")
        let error = await #expect(throws: HTTPError.self) { try await stream.next(within: nil) }
        #expect(error?.code == "http.shut_down")
        #expect(await failure(client, request)?.code == "http.shut_down")
        #expect(await server.wait { $0.ends == 3 })
    }

    @Test("letting go of a client closes its connections", .timeLimit(.minutes(6)))
    func letGo() async throws {
        let server = try ScriptedServer { _ in .init() }
        defer { server.stop() }
        _ = try await HTTPClient().send(.init(url: server.url))
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("a client with nothing to do, a silent stream or a paused one does not turn", .timeLimit(.minutes(6)))
    func rest() async throws {
        let server = try ScriptedServer.scripted { [chunked] number in
            switch number {
            case 0: [.serve({ _ in .init() })]
            case 1: [.readRequest, .write(chunked), .waitForEnd]
            default: [.readRequest, .write("HTTP/1.0 200 OK\r\n\r\n"), .flood(bytes: 1 << 30)]
            }
        }
        defer { server.stop() }
        let idle = try HTTPClient()
        let silent = try HTTPClient()
        let paused = try HTTPClient()
        _ = try await idle.send(.init(url: server.url))
        let silentStream = try await silent.stream(.init(url: server.url))
        let pausedStream = try await paused.stream(.init(url: server.url))
        let busyServer = try ScriptedServer { _ in .init() }
        defer { busyServer.stop() }
        let busy = try HTTPClient()
        while !pausedStream.exchange.isPaused { _ = try await busy.send(.init(url: busyServer.url)) }
        let before = [idle.turns, silent.turns, paused.turns]
        // The same work is the clock: a loop that spins would turn thousands of times meanwhile.
        for _ in 0..<300 { _ = try await busy.send(.init(url: busyServer.url)) }
        let turns = zip([idle.turns, silent.turns, paused.turns], before).map { $0 - $1 }
        #expect(turns.allSatisfy { $0 <= 5 }, "\(turns) turns, and \(busy.turns) of the busy client")
        #expect(busy.turns >= 300)
        silentStream.cancel()
        pausedStream.cancel()
    }
}
