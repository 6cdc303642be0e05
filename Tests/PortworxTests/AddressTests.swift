import HTTPTransport
import Model
import Synchronization
import Testing

@testable import Portworx

@Suite("A gateway's address")
struct AddressTests {
    private func error(
        _ url: String,
        permit: @escaping @Sendable (String) -> Bool = { _ in true }
    ) throws -> PortworxError? {
        let http = try HTTPClient()
        do throws(PortworxError) {
            _ = try PortworxClient(url: url, http: http, token: nil, permit: permit)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "what is no address of a gateway is refused before anything is sent",
        arguments: [
            "", "10.0.0.1:9021", "http://", "http://10.0.0.1", "http://:9021", "http://10.0.0.1:", "http://10.0.0.1:0",
            "http://10.0.0.1:65536", "http://10.0.0.1:-1", "http://10.0.0.1:+80", "http://10.0.0.1:x",
            "ftp://10.0.0.1:21",
            "file:///etc/passwd:1", "http://10.0.0.1:9021/v1", "http://10.0.0.1:9021//", "http://u:p@10.0.0.1:9021",
            "http://10.0.0.1?x:9021", "http://10.0.0.1#:9021", "http://10.0.0.1 :9021", "http://10.0.0.1\\x:9021",
            "http:///10.0.0.1:9021", "http://::1:9021", "http://[::1:9021", "http://[]:9021", "http://a\r\nb:9021",
            "http://ä:9021", "http://a,b:9021", "http://a%00:9021",
        ]
    )
    func bad(url: String) throws {
        #expect(try error(url)?.code == .badAddress)
    }

    @Test(
        "addresses in their usual forms are taken, and the host is what is asked for leave",
        arguments: [
            ("http://10.0.0.1:9021", "10.0.0.1"), ("http://10.0.0.1:9021/", "10.0.0.1"),
            ("https://px-1.api_x.mesos:9021", "px-1.api_x.mesos"), ("http://[::1]:9021", "::1"),
            ("http://[fe80::1]:80", "fe80::1"),
        ]
    )
    func good(url: String, host: String) throws {
        let asked = Mutex<[String]>([])
        #expect(
            try error(url) { host in
                asked.withLock { $0.append(host) }
                return true
            } == nil
        )
        #expect(asked.withLock { $0 } == [host])
    }

    @Test(
        "a host without leave is refused, by name",
        arguments: ["http://10.0.0.1:9021", "http://127.0.0.1.evil.org:80"]
    )
    func notPermitted(url: String) throws {
        let refusal = try error(url, permit: Loopback.contains)
        #expect(refusal?.code == .badAddress)
        #expect(refusal?.message.contains("loopback") == true)
        #expect(try error("http://127.0.0.1:9021", permit: Loopback.contains) == nil)
    }
}
