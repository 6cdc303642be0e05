import Model
import Testing

@testable import API

@Suite("The client's sweep")
struct SweepClientTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(Instant(milliseconds: seconds * 1_000)) }

    private func step(_ status: Int, _ view: SweepView) throws -> ScriptedTransport.Step {
        .answer(status, String(decoding: try APIJSON.bytes(view), as: UTF8.self))
    }

    private func sweep(_ views: SweepView...) async throws -> (plan: SweepView, isFresh: Bool, calls: [String]) {
        var steps = [try step(202, SweepView(at: at(10), listed: at(1)))]
        for view in views { steps.append(try step(200, view)) }
        let transport = ScriptedTransport(steps)
        let client = try APIClient(url: "http://localhost:1", transport: transport)
        let (plan, isFresh) = try await client.sweep(within: .seconds(1)) { _ in }
        return (plan, isFresh, transport.calls.map { "\($0.method) \($0.url.split(separator: "/").last ?? "")" })
    }

    @Test("waits for a list that was asked for after it was")
    func waits() async throws {
        let (plan, isFresh, calls) = try await sweep(
            SweepView(at: at(11), listed: at(9)),
            SweepView(at: at(12), listed: at(10))
        )
        #expect(isFresh && plan.listed == at(10))
        #expect(calls == ["POST sweep", "GET sweep", "GET sweep"])
    }

    @Test("says when the list cannot be had, or does not come in time")
    func stale() async throws {
        let failed = try await sweep(SweepView(at: at(11), listed: at(9), fault: "portworx.unreachable: no"))
        #expect(!failed.isFresh && failed.plan.fault != nil && failed.calls.count == 2)
        let late = try await sweep(SweepView(at: at(11), listed: nil))
        #expect(!late.isFresh && late.calls.count == 6)
    }
}
