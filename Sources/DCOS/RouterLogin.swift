import FoundationEssentials
import HTTPTransport

/// Asks Admin Router whether it takes a token.
struct RouterLogin: Sendable {
    enum Answer: Hashable, Sendable {
        case yes
        case no
        case unavailable(String)
    }

    /// What `/metadata` holds in every DC/OS: nobody else's 200 counts.
    private struct Metadata: Decodable {
        var cluster: String

        enum CodingKeys: String, CodingKey { case cluster = "CLUSTER_ID" }
    }

    /// A small document that needs a login and no permission.
    let url: String
    let http: HTTPClient

    /// Yes where somebody without a token is refused; where everybody is let in, no token can be told from a forged one.
    func asksForLogin() async -> Answer {
        switch await answer([]) {
        case .success(let response) where response.head.status == 401: .yes
        case .success(let response) where response.head.status == 200:
            .unavailable("\(url) asks nobody for a login, so that no token can be told from a forged one")
        case .success(let response): .unavailable("\(url) answers \(response.head.status)")
        case .failure(let error): .unavailable("\(url) cannot be asked: \(error.message)")
        }
    }

    /// Yes for a token that it lets in.
    func takes(_ token: String) async -> Answer {
        switch await answer([("Authorization", "token=\(token)")]) {
        case .success(let response) where response.head.status == 200:
            // An answer in another form is somebody else's.
            (try? JSONDecoder().decode(Metadata.self, from: Data(response.body))) == nil
                ? .unavailable("\(url) answers with something else") : .yes
        case .success(let response) where response.head.status == 401: .no
        // Whoever else says no may never have looked at the token.
        case .success(let response): .unavailable("\(url) answers \(response.head.status)")
        case .failure(let error): .unavailable("\(url) cannot be asked: \(error.message)")
        }
    }

    private func answer(_ headers: [(name: String, value: String)]) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) {
            return .success(
                try await http.send(
                    HTTPRequest(
                        url: url,
                        headers: headers,
                        deadlines: HTTPDeadlines(connect: .seconds(2), stall: .seconds(4), total: .seconds(5)),
                        limits: HTTPLimits(bodyBytes: 64 * 1_024)
                    )
                )
            )
        } catch {
            return .failure(error)
        }
    }
}
