import API
import FoundationEssentials
import HTTPTransport

/// Says what happens in the demo, and asks what has happened.
struct DemoTeller: Sendable {
    private static let looksEvery = Duration.milliseconds(50)

    func heading(_ text: String) {
        Output.standardOutput.line("")
        Output.standardOutput.line("== \(text)")
    }

    func say(_ text: String) { Output.standardOutput.line("  \(text)") }

    /// Somebody else's words.
    func quote(_ text: String) {
        for line in text.split(separator: "\n") { say("  | \(line)") }
    }

    /// Asks the site as a browser would; a form has its characters as they are.
    func send(_ method: String, _ url: String, form: String? = nil) async throws -> HTTPResponse {
        let body = form.map { text in
            // As a browser writes it: only what is neither letter nor digit of ASCII is escaped.
            text.utf8.map { byte in
                let isPlain = byte < 0x80 && byte != UInt8(ascii: " ")
                return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        }
        let request = HTTPRequest(
            method: method,
            url: url,
            headers: body == nil ? [] : [("Content-Type", "application/x-www-form-urlencoded")],
            body: body.map { Array($0.utf8) } ?? []
        )
        let http = try HTTPClient()
        let result: Result<HTTPResponse, any Error>
        do { result = .success(try await http.send(request)) } catch { result = .failure(error) }
        await http.shutdown()
        return try result.get()
    }

    func withClient<Value>(_ url: String, _ body: (APIClient) async throws -> Value) async throws -> Value {
        let client = try APIClient(url: url, http: HTTPClient())
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        return try result.get()
    }

    func until(_ fault: String, within limit: Duration, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw DemoFault(fault) }
            try await Task.sleep(for: Self.looksEvery)
        }
    }
}
