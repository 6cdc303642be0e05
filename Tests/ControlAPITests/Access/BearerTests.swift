import HTTPTypes
import NIOCore
import Testing

@testable import ControlAPI

@Suite("What a request says about its sender")
struct BearerTests {
    private func read(_ values: String...) -> Bearer {
        var headers = HTTPFields()
        for value in values { headers.append(HTTPField(name: .authorization, value: value)) }
        return Bearer(headers)
    }

    private let token = "0123456789abcdef"

    @Test("a token, the scheme in any case", arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func schemes(_ scheme: String) {
        #expect(read("\(scheme) \(token)") == .token(Array(token.utf8)))
        #expect(read("\(scheme)  \(token)") == .token(Array(token.utf8)))
    }

    @Test(
        "no token",
        arguments: ["", "Basic dXNlcjpwYXNz", "0123456789abcdef", "Bearer0123456789abcdef 1", "Negotiate"]
    )
    func absent(_ value: String) { #expect(read(value) == .absent) }

    @Test(
        "something meant as a token that can be none",
        arguments: ["", "short", "0123456789 abcdef", "0123456789äabcdef", "0123456789abcdef, Bearer 0123456789abcdef"]
    )
    func malformed(_ text: String) { #expect(read("Bearer \(text)") == .malformed) }

    @Test("two fields are none, whatever they hold")
    func twice() {
        #expect(read("Bearer \(token)", "Bearer \(token)") == .malformed)
        #expect(read() == .absent)
    }

    @Test(
        "counts an IPv6 client by the half that it cannot choose",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("::1", "0:0:0:0::/64"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:10.0.0.7", "10.0.0.7"),
        ]
    )
    func addresses(_ address: String, _ name: String) throws {
        #expect(ClientAddress.name(of: try SocketAddress(ipAddress: address, port: 1)) == name)
    }
}
