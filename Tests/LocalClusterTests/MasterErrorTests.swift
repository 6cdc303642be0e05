import Testing

@testable import LocalCluster

@Suite("Refusals of the local master", .timeLimit(.minutes(6)))
struct MasterErrorTests {
    @Test(
        "recorded requests get the recorded answers",
        arguments: [
            "01-unknown-framework", "02-no-framework-id", "03-garbage-body", "04-empty-body", "05-wrong-shape",
            "06-no-type",
            "06-get-method", "07-no-content-type", "08-bad-content-type", "09-content-type-charset",
            "10-content-type-upper", "12-bad-accept", "13-subscribe-with-stream-id", "14-subscribe-empty",
            "15-err-badrole", "16-err-badrole2", "17-err-dup-role", "18-err-role-and-roles", "19-err-badfailover",
            "22-err-id-slash", "23-id-mismatch",
        ]
    )
    func recorded(_ name: String) async throws {
        let request = try fixture("mesos-shape/06-errors/\(name).request")
        let expected = try fixture("mesos-shape/06-errors/\(name).response")
        try await MasterFixture.run { fixture in
            let answer = try await TestConnection.exchange(fixture.address, request)
            let (line, headers, body) = Self.parts(expected)
            #expect(answer.head.line == line)
            for name in ["content-type", "allow", "transfer-encoding"] {
                #expect(answer.head.headers[name] == headers[name], "\(name)")
            }
            #expect(answer.head.headers.keys.contains("mesos-stream-id") == headers.keys.contains("mesos-stream-id"))
            #expect(answer.body == body)
        }
    }

    @Test("JSON is refused by a master that says that it is a stand-in")
    func json() async throws {
        try await MasterFixture.run { fixture in
            let request = TestHTTP.call(Array("{}".utf8), type: "application/json")
            let answer = try await TestConnection.exchange(fixture.address, request)
            #expect(answer.head.status == 415)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("stand-in"))
        }
    }

    @Test("stream ids and the calls' own messages are checked in the real master's order")
    func streamIDs() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            func answer(
                _ type: UInt64,
                streamID: String?,
                _ build: (inout TestWire) -> Void = { _ in }
            ) async throws -> String {
                let body = TestWire { call in
                    call.id(1, scheduler.frameworkID)
                    call.number(2, type)
                    build(&call)
                }.bytes
                let request = TestHTTP.call(body, streamID: streamID)
                let answer = try await TestConnection.exchange(fixture.address, request)
                return "\(answer.head.status) \(String(decoding: answer.body, as: UTF8.self))"
            }
            let own = scheduler.streamID
            #expect(
                try await answer(5, streamID: nil)
                    == "400 All non-subscribe calls should include the 'Mesos-Stream-Id' header"
            )
            for wrong in ["11111111-2222-3333-4444-555555555555", ""] {
                let why =
                    "400 The stream ID '\(wrong)' included in this request didn't match the stream ID currently "
                    + "associated with framework ID \(scheduler.frameworkID)"
                #expect(try await answer(5, streamID: wrong) == why)
            }
            #expect(try await answer(5, streamID: own) == "202 ")
            let missing = "400 Failed to validate scheduler::Call: Expecting"
            #expect(try await answer(3, streamID: own) == "\(missing) 'accept' to be present")
            #expect(try await answer(4, streamID: own) == "\(missing) 'decline' to be present")
            #expect(try await answer(6, streamID: own) == "\(missing) 'kill' to be present")
            #expect(try await answer(8, streamID: own) == "\(missing) 'acknowledge' to be present")
            #expect(try await answer(9, streamID: own) == "\(missing) 'reconcile' to be present")
            #expect(try await answer(0, streamID: own) == "\(missing) 'type' to be present")
            #expect(try await answer(3, streamID: own) { $0.message(4) { _ in } } == "202 ")
            let short = try await answer(8, streamID: own) { call in
                call.message(8) { acknowledge in
                    acknowledge.id(1, "agent")
                    acknowledge.id(2, "task")
                    acknowledge.data(3, [1, 2, 3])
                }
            }
            #expect(short == "400 Failed to validate scheduler::Call: Not a valid UUID")
        }
    }

    /// A recorded answer: its first line, its headers and its body without the chunks' lengths.
    private static func parts(_ bytes: [UInt8]) -> (line: String, headers: [String: String], body: [UInt8]) {
        let end = bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) } ?? bytes.endIndex
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        var rest = bytes.dropFirst(end + 4)
        guard headers["transfer-encoding"] == "chunked" else { return (lines[0], headers, Array(rest)) }
        var body: [UInt8] = []
        while let line = rest.firstIndex(of: 13),
            let count = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16),
            count > 0
        {
            body += rest[(line + 2)..<(line + 2 + count)]
            rest = rest[(line + 4 + count)...]
        }
        return (lines[0], headers, body)
    }
}
