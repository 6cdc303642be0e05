import HTTPTransport
import Testing

@testable import Portworx

@Suite("A gateway's address")
struct AddressTests {
    private func error(_ url: String) throws -> PortworxError? {
        let http = try HTTPClient()
        do throws(PortworxError) {
            _ = try PortworxClient(url: url, http: http, token: nil)
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
        "addresses in their usual forms are taken",
        arguments: [
            "http://10.0.0.1:9021", "http://10.0.0.1:9021/", "https://px-1.api_x.mesos:9021", "http://[::1]:9021",
            "http://[fe80::1]:80",
        ]
    )
    func good(url: String) throws {
        #expect(try error(url) == nil)
    }
}
