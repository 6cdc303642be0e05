import HTTPTransport

/// Asks Admin Router whether it takes a token.
struct RouterLogin: Sendable {
    enum Answer: Sendable {
        case yes
        case no
        case unavailable(String)
    }

    /// A small document that needs a login and no permission.
    let url: String
    let http: HTTPClient

    /// Also asks without a token: a cluster whose Admin Router lets everybody in proves nobody.
    func takes(_ token: String) async -> Answer {
        switch await status([]) {
        case .success(401): break
        case .success(200):
            return .unavailable("\(url) asks nobody for a login, so that no token can be told from a forged one")
        case .success(let status): return .unavailable("\(url) answers \(status)")
        case .failure(let error): return .unavailable("\(url) cannot be asked: \(error.message)")
        }
        return switch await status([("Authorization", "token=\(token)")]) {
        case .success(200): .yes
        // Known, and not allowed this one document: still known.
        case .success(403): .yes
        case .success(401): .no
        case .success(let status): .unavailable("\(url) answers \(status)")
        case .failure(let error): .unavailable("\(url) cannot be asked: \(error.message)")
        }
    }

    private func status(_ headers: [(name: String, value: String)]) async -> Result<Int, HTTPError> {
        do throws(HTTPError) {
            let response = try await http.send(
                HTTPRequest(
                    url: url,
                    headers: headers,
                    deadlines: HTTPDeadlines(connect: .seconds(2), stall: .seconds(4), total: .seconds(5)),
                    limits: HTTPLimits(bodyBytes: 64 * 1_024)
                )
            )
            return .success(response.head.status)
        } catch {
            return .failure(error)
        }
    }
}
