import Model
import Synchronization
import Testing

@testable import Mesos

/// Gives `one`, and after a refusal `two`.
private final class Renewing: Authorization {
    private let state = Mutex<(current: String, refusals: [String])>(("one", []))
    private let isPossible: Bool

    init(isPossible: Bool = true) { self.isPossible = isPossible }

    var refusals: [String] { state.withLock { $0.refusals } }

    func header() async throws(MesosError) -> String {
        guard isPossible else {
            throw .unauthenticated(Fault(code: "dcos.login_refused", message: "the IAM refused us", transient: true))
        }
        return state.withLock { $0.current }
    }

    func refused(_ header: String) async -> Bool {
        state.withLock {
            $0.refusals.append(header)
            $0.current = "two"
        }
        return true
    }
}

@Suite("Who we are to a master", .timeLimit(.minutes(2)))
struct AuthorizationTests {
    private func headers(_ harness: ClientHarness) -> [String?] {
        harness.master.requests.map { request in request.headers.first { $0.name == "Authorization" }?.value }
    }

    @Test("is said anew after a 401, and the same request is sent once more")
    func renewed() async throws {
        let authorization = Renewing()
        let harness = try ClientHarness(
            [.answer(401, body: "401 Unauthorized."), .stream([.subscribed(), .end])],
            authorization: authorization
        )
        let result = await harness.run()
        #expect(result.connections.count == 1 && harness.master.left == 0)
        #expect(headers(harness).prefix(2) == ["one", "two"])
        #expect(authorization.refusals == ["one"])
    }

    @Test("is not tried a third time")
    func twice() async throws {
        let authorization = Renewing()
        let harness = try ClientHarness(
            Array(repeating: .answer(401, body: "401 Unauthorized."), count: 2),
            authorization: authorization
        )
        let result = await harness.run()
        #expect(result.retries.map(\.code) == ["mesos.unauthenticated"])
        #expect(result.refusal?.contains("principal p") == true)
    }

    @Test("not being known is told without a request")
    func unknown() async throws {
        let harness = try ClientHarness([], authorization: Renewing(isPossible: false))
        let result = await harness.run()
        #expect(result.retries.map(\.code) == ["mesos.unauthenticated"] && harness.master.requests.isEmpty)
        #expect(result.refusal?.contains("the IAM refused us") == true)
    }

    @Test("a refusal names the principal and the permission")
    func forbidden() async throws {
        let result = await (try ClientHarness([.answer(403, body: "no")])).run()
        let message = try #require(result.refusal)
        #expect(message.contains("principal p") && message.contains("dcos:mesos:master:framework:role:r create"))
    }
}
