import Foundation
import Testing

@testable import LocalCluster

@Suite("The control calls of a local cluster", .timeLimit(.minutes(6)))
struct FaultControlTests {
    private func call(
        _ fixture: MasterFixture,
        _ method: String,
        _ path: String,
        _ body: String = ""
    ) async throws -> (
        status: Int, json: JSONValue
    ) {
        let answer = try await TestRequest.send(fixture.cluster.controlURL, method, path, body)
        return (answer.status, try JSONValue.parse(Array(answer.text.utf8)))
    }

    @Test("faults are put, listed and cleared, one by one and all at once; each answer says that it is a stand-in's")
    func life() async throws {
        try await MasterFixture.run { fixture in
            let one =
                #"{"effect":"delay","seconds":0.5,"server":"mesos","route":"KILL","rate":0.25,"count":3,"seed":9}"#
            let put = try await call(fixture, "PUT", "/faults/slow-kills", one)
            #expect(put.status == 200)
            #expect(put.json["rate"] == .real(0.25) && put.json["happened"] == .integer(0))
            let expected = Fault(
                .delay(seconds: 0.5),
                on: .init(server: .mesos, route: "KILL"),
                rate: 0.25,
                count: 3,
                seed: 9
            )
            #expect(fixture.cluster.faults.listed.map(\.fault) == [expected])
            let all = #"{"faults":{"a":{"effect":"answerLost"},"b":{"effect":"failedSnapshot","left":"missing"}}}"#
            #expect(try await call(fixture, "PUT", "/faults", all).status == 200)
            #expect(fixture.cluster.faults.listed.map(\.name) == ["a", "b"])
            #expect(try await call(fixture, "DELETE", "/faults/a").status == 200)
            #expect(try await call(fixture, "DELETE", "/faults/a").status == 200, "again is fine")
            let listed = try await call(fixture, "GET", "/faults").json
            #expect(listed["stand_in"]?.text?.contains("on purpose") == true)
            #expect(listed["faults"]?["b"]?["effect"]?.text == "failedSnapshot")
            #expect(listed["faults"]?["a"] == nil)
            #expect(try await call(fixture, "GET", "/faults/a").status == 404)
            #expect(try await call(fixture, "DELETE", "/faults").json["faults"] == .object([:]))
            #expect(fixture.cluster.faults.listed.isEmpty)
        }
    }

    @Test(
        "what cannot be read is refused, says why, and changes nothing",
        arguments: [
            "", "[]", #"{"effect":"nope"}"#, #"{"effect":"delay"}"#, #"{"effect":"delay","seconds":"1"}"#,
            #"{"effect":"answerLost","seconds":1}"#, #"{"effect":"answerLost","rate":2}"#,
            #"{"effect":"answerLost","server":"zookeeper"}"#, #"{"effect":"agentGone"}"#,
            #"{"effect":"agentUnreachable","seconds":1,"agent":"nobody"}"#, #"{"effect":"masterRestart"}"#,
        ]
    )
    func refusals(body: String) async throws {
        try await MasterFixture.run { fixture in
            let answer = try await call(fixture, "PUT", "/faults/x", body)
            #expect(answer.status == 400)
            #expect(answer.json["error"]?.text?.isEmpty == false)
            let both = #"{"faults":{"good":{"effect":"answerLost"},"x":\#(body.isEmpty ? "1" : body)}}"#
            #expect(try await call(fixture, "PUT", "/faults", both).status == 400)
            #expect(fixture.cluster.faults.listed.isEmpty)
            #expect(try await call(fixture, "POST", "/faults", "{}").status == 405)
            #expect(try await call(fixture, "GET", "/nope").status == 404)
        }
    }
}
