import Foundation
import HTTPTransport
import Model
import SeededRandom
import Testing

@testable import Mesos

@Suite("Files of sandboxes, read from an agent", .timeLimit(.minutes(6)))
struct AgentFilesTests {
    private static let readings = [
        "13-agent-read-size", "14-agent-read-from-0", "15-agent-read-past-end", "16-agent-read-no-length",
        "31-agent-read-after-end",
    ]

    private static func body(_ name: String) throws -> [UInt8] {
        let folder = Recording.folder.deletingLastPathComponent().appending(path: "mesos-files")
        let bytes = try Data(contentsOf: folder.appending(path: "\(name).response"))
        guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        return Array(bytes[end.upperBound...])
    }

    private static func reply(_ status: String, _ body: [UInt8]) -> LoopbackMaster.Reply {
        let head = "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        return LoopbackMaster.Reply(bytes: Array(head.utf8) + body)
    }

    private static func data(_ bytes: [UInt8], from offset: Int) -> LoopbackMaster.Reply {
        reply("200 OK", Array(#"{"data":""#.utf8) + bytes + Array(#"","offset":\#(offset)}"#.utf8))
    }

    private static func file(_ port: UInt16, host: String = "127.0.0.1", path: String = "stdout") -> SandboxFile {
        SandboxFile(
            host: host,
            port: Int(port),
            framework: FrameworkID("f-0000"),
            executor: ExecutorID("u.r.0.1.pod"),
            task: TaskID("u.r.0.1.suite"),
            path: path
        )
    }

    /// An agent with these replies, and what it was asked.
    private static func ask<Value>(
        _ replies: [LoopbackMaster.Reply],
        patience: Duration = .seconds(600),
        _ body: (AgentFiles, UInt16) async throws -> Value
    ) async throws -> (value: Value, requests: [String]) {
        let agent = try LoopbackMaster(replies)
        let http = try HTTPClient()
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(AgentFiles(http: http, patience: patience), agent.port)
            )
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        agent.stop()
        let requests = agent.requests.map { String(decoding: $0.prefix { $0 != 13 }, as: UTF8.self) }
        return (try result.get(), requests)
    }

    @Test("recorded answers are read as JSON has them", arguments: readings)
    func recorded(_ name: String) throws {
        let body = try Self.body(name)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        let answer = try #require(FileReadAnswer(body))
        #expect(String(decoding: answer.data, as: UTF8.self) == object["data"] as? String)
        #expect(Int(answer.offset) == object["offset"] as? Int)
    }

    @Test("escapes, pairs and halves of pairs are read")
    func escapes() {
        let text = #" { "offset" : -1 , "data" : "\"\\\/\b\f\n\r\t\u0001\u00e9\ud83d\ude00\ud83d\udc" } "#
        #expect(FileReadAnswer(Array(text.utf8)) == nil, "half an escape")
        let whole = text.replacing(#"\udc""#, with: #"x\ude00""#)
        let answer = FileReadAnswer(Array(whole.utf8))
        #expect(answer?.data == Array("\"\\/\u{8}\u{c}\n\r\t\u{1}é😀\u{fffd}x\u{fffd}".utf8))
        #expect(answer?.offset == -1)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "{}", "[]", #"{"data":""}"#, #"{"offset":1}"#, #"{"data":"","offset":1,"offset":1}"#,
            #"{"data":"","offset":"1"}"#, #"{"data":"","offset":1}}"#, #"{"data":"","offset":1,"more":2}"#,
            #"{"data":"\x","offset":1}"#, #"{"data":"\u12","offset":1}"#, #"{"data":"","offset":99999999999999999999}"#,
            #"{"data":1,"offset":1}"#, #"{"data":"","offset":1-1}"#, #"{"data":"","offset":}"#,
        ]
    )
    func refused(_ text: String) { #expect(FileReadAnswer(Array(text.utf8)) == nil) }

    @Test("damaged answers never stop the reader", arguments: [UInt64(1), 2, 3])
    func damaged(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let body = try Self.body("14-agent-read-from-0")
        for _ in 0..<2_000 {
            var bytes = body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            if let answer = FileReadAnswer(bytes) { #expect(answer.data.count <= bytes.count) }
        }
    }

    @Test("a read goes on until it has what was asked for, or the agent has no more")
    func goesOn() async throws {
        let page = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        let (whole, asked) = try await Self.ask([
            Self.data(page, from: 7), Self.data(Array("abc".utf8), from: 65_543), Self.data([], from: 65_546),
        ]) { files, port in try await files.read(Self.file(port), from: 7, max: 100_000) }
        let isWhole = whole == FileChunk(bytes: page + Array("abc".utf8), isEnd: true)
        #expect(isWhole, "\(whole.bytes.count) bytes")
        let path = "/frameworks/f-0000/executors/u.r.0.1.pod/runs/latest/tasks/u.r.0.1.suite/stdout"
        #expect(
            asked == [
                "GET /files/read?path=\(path)&offset=7&length=65536 HTTP/1.1",
                "GET /files/read?path=\(path)&offset=65543&length=34464 HTTP/1.1",
                "GET /files/read?path=\(path)&offset=65546&length=34461 HTTP/1.1",
            ]
        )
        let (part, _) = try await Self.ask([Self.data(Array("abcd".utf8), from: 0)]) { files, port in
            try await files.read(Self.file(port), from: 0, max: 4)
        }
        #expect(part == FileChunk(bytes: Array("abcd".utf8), isEnd: false))
        let (slow, _) = try await Self.ask([Self.data(Array("ab".utf8), from: 0)], patience: .zero) { files, port in
            try await files.read(Self.file(port), from: 0, max: 4)
        }
        #expect(slow == FileChunk(bytes: Array("ab".utf8), isEnd: false), "what there is after so long")
    }

    @Test("a size is asked for with -1")
    func size() async throws {
        let (size, asked) = try await Self.ask([Self.data([], from: 24_890)]) { files, port in
            try await files.size(of: Self.file(port, path: "out/a b%é"))
        }
        #expect(size == 24_890)
        #expect(asked.first?.contains("/out/a%20b%25%C3%A9&offset=-1 ") == true)
    }

    @Test("text that is cut in the middle of a character comes together again, wherever it is cut")
    func cuts() async throws {
        let bytes = Array("aé€😀z".utf8)
        for cut in 1..<bytes.count {
            let parts = [Array(bytes[..<cut]), Array(bytes[cut...])]
            let (text, _) = try await Self.ask([
                Self.data(parts[0], from: 0), Self.data([], from: cut), Self.data([], from: 0),
            ]) { files, port in
                let first = try await files.read(Self.file(port), from: 0, max: 100).text(nothingFollows: false)
                #expect(first.bytes <= cut && first.bytes > cut - 4)
                #expect(first.text.utf8.count == first.bytes)
                return first.text
            }
            let rest = FileChunk(bytes: Array(bytes[text.utf8.count...]), isEnd: true)
            #expect(text + rest.text(nothingFollows: true).text == "aé€😀z", "cut at \(cut)")
        }
    }

    @Test("what is cut for good, and what is no UTF-8, is shown as such")
    func noUTF8() {
        #expect(FileChunk(bytes: [0x61, 0xE2, 0x82], isEnd: true).text(nothingFollows: true) == ("a\u{fffd}", 3))
        #expect(FileChunk(bytes: [0x61, 0xE2, 0x82], isEnd: false).text(nothingFollows: true) == ("a", 1))
        #expect(FileChunk(bytes: [0x80, 0x80, 0x80, 0x80], isEnd: false).text(nothingFollows: false).bytes == 4)
        #expect(FileChunk(bytes: [0xFF], isEnd: false).text(nothingFollows: false) == ("\u{fffd}", 1))
        #expect(FileChunk(bytes: [], isEnd: true).text(nothingFollows: true) == ("", 0))
    }

    @Test("an agent that says something else is not believed")
    func hostile() async throws {
        let lies: [LoopbackMaster.Reply] = [
            Self.data(Array("abcde".utf8), from: 0), Self.data([], from: 1), Self.reply("200 OK", Array("{}".utf8)),
        ]
        for lie in lies {
            let error = await #expect(throws: MesosError.self) {
                try await Self.ask([lie]) { try await $0.read(Self.file($1), from: 0, max: 4) }
            }
            #expect(error?.code == .badAgentAnswer)
        }
        let error = await #expect(throws: MesosError.self) {
            try await Self.ask([Self.data([1], from: 1)]) { try await $0.size(of: Self.file($1)) }
        }
        #expect(error?.code == .badAgentAnswer)
    }

    @Test("each status has its meaning")
    func statuses() async throws {
        let meanings: [(String, MesosError.Code, MesosError.Retry)] = [
            ("404 Not Found", .noSuchFile, .never), ("401 Unauthorized", .unauthenticated, .never),
            ("403 Forbidden", .forbidden, .never), ("400 Bad Request", .unexpectedStatus, .never),
            ("503 Service Unavailable", .unexpectedStatus, .safe), ("302 Found", .unexpectedStatus, .never),
        ]
        for (status, code, retry) in meanings {
            let error = await #expect(throws: MesosError.self) {
                try await Self.ask([Self.reply(status, [])]) { try await $0.read(Self.file($1), from: 0, max: 4) }
            }
            #expect(error?.code == code, "\(status)")
            #expect(error?.retry == retry, "\(status)")
        }
    }

    @Test("a download has a limit")
    func download() async throws {
        let body = Array("<testsuite/>\n".utf8)
        let (bytes, asked) = try await Self.ask([Self.reply("200 OK", body)]) { files, port in
            try await files.download(Self.file(port, path: "out/junit.xml"), max: body.count)
        }
        #expect(bytes == body)
        #expect(asked.first?.hasPrefix("GET /files/download?path=/frameworks/") == true)
        let error = await #expect(throws: MesosError.self) {
            try await Self.ask([Self.reply("200 OK", body)]) { try await $0.download(Self.file($1), max: 12) }
        }
        #expect(error?.code == .fileTooLarge)
    }

    @Test("what is no agent's address is not spoken to, and no path leaves the sandbox")
    func refusedBeforehand() async throws {
        for (file, code) in [
            (Self.file(5_051, host: "evil/x"), MesosError.Code.badAddress), (Self.file(0), .badAddress),
            (Self.file(5_051, path: "../x"), .noSuchFile), (Self.file(5_051, path: "/etc/passwd"), .noSuchFile),
            (Self.file(5_051, path: ""), .noSuchFile), (Self.file(5_051, path: "a\nb"), .noSuchFile),
        ] {
            let error = await #expect(throws: MesosError.self) {
                try await Self.ask([]) { files, _ in try await files.read(file, from: 0, max: 4) }
            }
            #expect(error?.code == code, "\(file)")
        }
        let error = await #expect(throws: MesosError.self) {
            try await Self.ask([]) { files, port in try await files.read(Self.file(port), from: 0, max: 4) }
        }
        #expect(error?.code == .unreachable)
        #expect(error?.retry == .safe)
    }
}
