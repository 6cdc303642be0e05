import API
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCluster
import Model
import Testing

@testable import understudy

/// Many at once, some of them rude.
@Suite("Under load", .serialized, .timeLimit(.minutes(5)))
struct LoadTests {
    private static let clients = 50
    private static let requestsEach = 10
    /// Of the answers to `POST /v1/runs`, as docs/openapi.yaml has them.
    private static let documented: Set<Int> = [200, 201, 400, 403, 404, 408, 409, 413, 422, 429, 503]

    /// What one client was told: a status, and of a run its key and id.
    private struct Told: Sendable {
        var status: Int
        var key: String?
        var id: RunID?
    }

    @Test("500 requests from 50 clients: one run a key, every answer documented, no run lost, memory bounded")
    func load() async throws {
        try await Stage.play(firstPort: 25_000) { stage in
            try await stage.start()
            let before = try residentKiB(stage)
            let port = try #require(Int(stage.address.split(separator: ":").last ?? ""))
            let http = try HTTPClient(HTTPConfiguration(connectionsPerHost: Self.clients))
            let told: [Told]
            do {
                told = try await ask(stage.address, port, http)
            } catch {
                await http.shutdown()
                throw error
            }
            #expect(Set(told.map(\.status)).isSubset(of: Self.documented))
            let malformed = told.filter { $0.key == nil }
            #expect(malformed.count == 50 && malformed.allSatisfy { (400...422).contains($0.status) })
            let keyed = told.filter { $0.key != nil }
            #expect(keyed.allSatisfy { $0.id != nil }, "none was refused: \(Set(keyed.map(\.status)))")
            let ids = Dictionary(grouping: keyed, by: \.key).mapValues { Set($0.compactMap(\.id)) }
            #expect(ids.values.allSatisfy { $0.count == 1 }, "one run a key")
            #expect(keyed.count { $0.status == 201 } == ids.count, "each was made once")

            let streams = try silentReaders(of: Set(ids.values.joined()), port)
            let views = try await stage.runs()
            #expect(
                Set(views.map(\.id)) == Set(ids.values.joined()),
                "no run is lost, none is there that nobody asked for"
            )
            try await release(views.map(\.id), stage)
            try await stage.until("every run ends", within: .seconds(300)) {
                try await stage.runs().allSatisfy { $0.phase == .ended }
            }
            #expect(try await stage.runs().allSatisfy { $0.result != nil })
            let grown = try residentKiB(stage) - before
            #expect(grown < 64 * 1_024, "grew by \(grown) KiB")
            await http.shutdown()
            let stopped = ContinuousClock.now
            #expect(await stage.demo.stopScheduler() == .exited(0))
            #expect(ContinuousClock.now - stopped < .seconds(5), "it waits for no reader")
            _ = streams
        }
    }

    // MARK: what is asked

    private func ask(_ url: String, _ port: Int, _ http: HTTPClient) async throws -> [Told] {
        try await withThrowingTaskGroup(of: [Told].self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    var told: [Told] = []
                    for number in 0..<Self.requestsEach {
                        switch number {
                        case 0: told.append(try await post(Self.malformed(client), key: nil, url, http))
                        case 1: try hangUp(port, client)
                        default:
                            let key = Self.key(client, number)
                            told.append(try await post(Self.request(key), key: key, url, http))
                        }
                    }
                    return told
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// A third of all requests share 20 keys.
    private static func key(_ client: Int, _ number: Int) -> String {
        let isShared = [2, 5, 8].contains(number) || (client % 3 == 0 && number == 9)
        return isShared ? "shared-\((client * 7 + number) % 20)" : "own-\(client)-\(number)"
    }

    private static func request(_ key: String) -> String {
        #"{"key":"\#(key)","source":"guestbook","suite":{"image":"\#(DemoCluster.suiteImage)","command":"true"}}"#
    }

    private static func malformed(_ client: Int) -> String {
        let bodies = [
            "{", "[]", #"{"source":"guestbook","surce":1}"#, #"{"source":"nope","suite":{"image":"a","command":"b"}}"#,
            String(repeating: "[", count: 5_000), #"{"source":"guestbook","source":"guestbook"}"#,
            #"{"source":"guestbook","lease":"9000d","suite":{"image":"a","command":"b"}}"#,
        ]
        return bodies[client % bodies.count]
    }

    private func post(_ body: String, key: String?, _ url: String, _ http: HTTPClient) async throws -> Told {
        let answer = try await http.send(HTTPRequest(method: "POST", url: "\(url)/v1/runs", body: Array(body.utf8)))
        var told = Told(status: answer.head.status, key: key)
        if [200, 201].contains(told.status) {
            let view = try JSONDecoder().decode(RunView.self, from: Data(answer.body))
            #expect(view.key == key)
            told.id = view.id
        } else {
            let refusal = try JSONDecoder().decode(ErrorBody.self, from: Data(answer.body))
            #expect(refusal.code.contains("."))
        }
        return told
    }

    /// Announces a whole request, sends half of it, and is gone.
    private func hangUp(_ port: Int, _ client: Int) throws {
        let body = Self.request("cut-\(client)")
        let half = body.prefix(body.count / 2)
        let socket = try LoopbackSocket(port: port)
        try socket.send("POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(half)")
    }

    /// Streams that are asked for and never read.
    private func silentReaders(of ids: Set<RunID>, _ port: Int) throws -> SilentReaders {
        let readers = SilentReaders()
        for id in ids.sorted().prefix(20) { try readers.add(port, "/v1/runs/\(id)/events") }
        return readers
    }

    // MARK: what became of it

    private func release(_ ids: [RunID], _ stage: Stage) async throws {
        try await stage.client { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids { group.addTask { _ = try await client.release(id, within: .seconds(30)) } }
                try await group.waitForAll()
            }
        }
    }

    /// The most memory that the scheduler ever held.
    private func residentKiB(_ stage: Stage) throws -> Int {
        let scheduler = try #require(stage.demo.schedulerID)
        let status = try String(contentsOf: URL(filePath: "/proc/\(scheduler)/status"), encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0.filter(\.isNumber)) })
    }
}

/// Connections whose answers nobody reads, open for as long as this lives.
private final class SilentReaders {
    private final class Reader {
        let socket: LoopbackSocket
        init(_ socket: consuming LoopbackSocket) { self.socket = socket }
    }

    private var readers: [Reader] = []

    func add(_ port: Int, _ path: String) throws {
        let socket = try LoopbackSocket(port: port)
        try socket.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        readers.append(Reader(socket))
    }
}
