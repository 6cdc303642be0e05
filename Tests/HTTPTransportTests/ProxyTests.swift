import Glibc
import HTTPTransport
import ScriptedServer
import Testing

@Suite("the environment")
struct ProxyTests {
    // In a process of its own: the environment belongs to all threads, and other tests' requests read it.
    @Test("no proxy, whatever the environment says", .timeLimit(.minutes(6)))
    func proxy() async {
        await #expect(processExitsWith: .success) {
            let proxy = try ScriptedServer { _ in .text("proxy", status: 502) }
            let server = try ScriptedServer { _ in .text("server") }
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] { setenv(name, proxy.url, 1) }
            for name in ["no_proxy", "NO_PROXY"] { unsetenv(name) }
            let answer = try await HTTPClient().send(.init(url: server.url))
            guard answer.head.status == 200, proxy.counts.connections == 0 else { exit(1) }
            exit(0)
        }
    }
}
