import Model
import Testing

@testable import API

@Suite("Reading a request for a run")
struct RunRequestReadingTests {
    private func read(_ text: String) throws(APIError) -> RunRequest { try RunRequest.read(Array(text.utf8)) }

    private func suite(_ rest: String) -> String {
        #"{"source":"guestbook","suite":{"image":"a","command":"c",\#(rest)}}"#
    }

    @Test("takes the least")
    func least() throws {
        #expect(try read(#"{"source":"guestbook"}"#) == RunRequest(source: SourceName("guestbook")))
    }

    @Test("takes everything, and what it encodes it reads again")
    func everything() throws {
        let request = RunRequest(
            key: "pipeline 7 / job ~",
            source: SourceName("guest-book-2"),
            suite: .init(
                image: "registry.example:5000/a/b:tag",
                command: "run\n \"it\" é",
                env: ["A_1": "", "_b": "x\ty"],
                cpus: 0.25,
                memoryMB: 512
            ),
            lease: .hours(1),
            keepOnFailure: .zero,
            sameDataAs: RunID("7f3k"),
            priority: 100
        )
        #expect(try RunRequest.read(try APIJSON.bytes(request)) == request)
    }

    @Test("takes null for an absent field")
    func nulls() throws {
        let text = #"{"key":null,"source":"a","suite":null,"lease":null,"sameDataAs":null,"priority":null}"#
        #expect(try read(text) == RunRequest(source: SourceName("a")))
    }

    @Test(
        "names the field that nobody knows",
        arguments: [
            (#"{"source":"a","sauce":1}"#, "sauce"),
            (#"{"source":"a","suite":{"image":"a","command":"b","imagee":1}}"#, "suite.imagee"),
            (#"{"source":"a","\u001b[2J":1}"#, "?[2J"),
        ]
    )
    func unknown(_ text: String, _ field: String) {
        let error = #expect(throws: APIError.self) { try read(text) }
        #expect(error?.code == .unknownField)
        #expect(error?.field == field)
    }

    @Test(
        "names the field that is missing",
        arguments: [
            ("{}", "source"), (#"{"source":null}"#, "source"), (#"{"source":"a","suite":{}}"#, "suite.image"),
            (#"{"source":"a","suite":{"image":"a"}}"#, "suite.command"),
            (#"{"source":"a","suite":{"image":"a","command":"b","env":{"A":null}}}"#, "suite.env.A"),
        ]
    )
    func missing(_ text: String, _ field: String) {
        let error = #expect(throws: APIError.self) { try read(text) }
        #expect(error?.code == .missingField)
        #expect(error?.field == field)
    }

    @Test(
        "names the field whose value cannot be",
        arguments: [
            (#"{"source":7}"#, "source"), (#"{"source":""}"#, "source"), (#"{"source":"A"}"#, "source"),
            (#"{"source":"../a"}"#, "source"),
            (#"{"source":"a","key":""}"#, "key"), (#"{"source":"a","key":"é"}"#, "key"),
            (#"{"source":"a","key":"\u0007"}"#, "key"), (#"{"source":"a","key":5}"#, "key"),
            (#"{"source":"a","suite":[]}"#, "suite"), (#"{"source":"a","suite":"x"}"#, "suite"),
            (#"{"source":"a","lease":60}"#, "lease"), (#"{"source":"a","lease":"1 h"}"#, "lease"),
            (#"{"source":"a","lease":"0s"}"#, "lease"), (#"{"source":"a","lease":"53w"}"#, "lease"),
            (#"{"source":"a","keepOnFailure":"-1s"}"#, "keepOnFailure"),
            (#"{"source":"a","sameDataAs":"A-B"}"#, "sameDataAs"),
            (#"{"source":"a","priority":101}"#, "priority"), (#"{"source":"a","priority":1.0}"#, "priority"),
            (#"{"source":"a","priority":"1"}"#, "priority"), (#"{"source":"a","priority":true}"#, "priority"),
        ]
    )
    func bad(_ text: String, _ field: String) {
        let error = #expect(throws: APIError.self) { try read(text) }
        #expect(error?.code == .badValue)
        #expect(error?.field == field)
    }

    @Test(
        "names the suite's field whose value cannot be",
        arguments: [
            (#""cpus":0"#, "suite.cpus"), (#""cpus":0.009"#, "suite.cpus"), (#""cpus":64.1"#, "suite.cpus"),
            (#""cpus":1e999"#, "suite.cpus"), (#""cpus":"1""#, "suite.cpus"), (#""memoryMB":15"#, "suite.memoryMB"),
            (#""memoryMB":1048577"#, "suite.memoryMB"), (#""memoryMB":1e3"#, "suite.memoryMB"),
            (#""memoryMB":99999999999999999999"#, "suite.memoryMB"),
            (#""env":[]"#, "suite.env"), (#""env":{"1A":"x"}"#, "suite.env.1A"), (#""env":{"":"x"}"#, "suite.env."),
            (#""env":{"A=B":"x"}"#, "suite.env.A=B"), (#""env":{"A":1}"#, "suite.env.A"),
            (#""env":{"A":"\u0000"}"#, "suite.env.A"),
        ]
    )
    func badSuite(_ rest: String, _ field: String) {
        let error = #expect(throws: APIError.self) { try read(suite(rest)) }
        #expect(error?.code == .badValue)
        #expect(error?.field == field)
    }

    @Test("takes values at their limits and refuses the next")
    func limits() throws {
        func request(key: Int = 1, command: Int = 1, entries: Int = 0, value: Int = 0) -> RunRequest {
            RunRequest(
                key: String(repeating: "k", count: key),
                source: SourceName("a"),
                suite: .init(
                    image: "a",
                    command: String(repeating: "c", count: command),
                    env: Dictionary(
                        uniqueKeysWithValues: (0..<entries).map { ("E\($0)", String(repeating: "v", count: value)) }
                    )
                )
            )
        }
        func outcome(_ request: RunRequest) throws -> APIError.Code? {
            do {
                _ = try RunRequest.read(try APIJSON.bytes(request))
                return nil
            } catch let error as APIError {
                return error.code
            }
        }
        #expect(try outcome(request(key: 200)) == nil)
        #expect(try outcome(request(key: 201)) == .badValue)
        #expect(try outcome(request(command: 65_536)) == nil)
        #expect(try outcome(request(command: 65_537)) == .badValue)
        #expect(try outcome(request(command: 0)) == .badValue)
        #expect(try outcome(request(entries: 100)) == nil)
        #expect(try outcome(request(entries: 101)) == .badValue)
        #expect(try outcome(request(entries: 1, value: 32_768)) == nil)
        #expect(try outcome(request(entries: 1, value: 32_769)) == .badValue)
        #expect(try outcome(request(entries: 9, value: 32_768)) == .bodyTooLarge)
    }

    @Test(
        "knows an image",
        arguments: [
            "cassandra:3.11", "a", "library/a_b.c-d", "localhost/a", "localhost:5000/a", "Registry.Example.COM/a/b:T_1",
            "a@sha256:0123456789abcdef0123456789abcdef", "r.io:1/a:b@sha256:0123456789abcdef0123456789abcdef",
        ]
    )
    func images(_ image: String) { #expect(isImageReference(image)) }

    @Test(
        "knows what is no image",
        arguments: [
            "", "-a", "--privileged", "a b", "A", "a/", "/a", "a//b", "a:", "a:.b", "a:b c", "../a", "a@sha256",
            "a@x:12",
            "a.b:99999/c", "a.b:/c", "a$(x)", "a\n", "é", String(repeating: "a", count: 256),
        ]
    )
    func noImages(_ image: String) { #expect(!isImageReference(image)) }
}
