import FoundationEssentials
import HTTPTransport
import JWTKit
import Model

/// One login of a service account at the IAM.
///
/// - Source: DC/OS's IAM API, `/auth/login`.
struct Login: Sendable {
    private struct Answer: Decodable { var token: String }
    private struct Question: Encodable {
        var uid: String
        var token: String
    }
    /// How the IAM says no.
    private struct Refusal: Decodable {
        var code: String?
        var description: String?
    }

    /// Of the login token, which is good for one login.
    private static let life = Span.minutes(2)
    private static let answerBytesMax = 64 * 1_024

    let account: ServiceAccount
    let endpoint: String
    let http: HTTPClient

    /// Logs in.
    ///
    /// - Parameter now: the wall clock's.
    /// - Returns: the IAM's token, a JSON web token.
    func send(at now: Instant) async -> Result<String, DCOSError> {
        do throws(DCOSError) {
            let proof = try await proof(at: now)
            return .success(try Self.read(await post(proof), proof: proof, account.uid, endpoint))
        } catch {
            return .failure(error)
        }
    }

    private func proof(at now: Instant) async throws(DCOSError) -> String {
        do {
            let keys = await JWTKeyCollection().add(rsa: account.key, digestAlgorithm: .sha256)
            let end = (now + Self.life).milliseconds / 1_000
            return try await keys.sign(Claims(uid: account.uid, exp: Double(end)))
        } catch {
            throw DCOSError(.badCredential, "the service account's key signs nothing")
        }
    }

    private func post(_ proof: String) async throws(DCOSError) -> HTTPResponse {
        let body: Data
        do {
            body = try JSONEncoder().encode(Question(uid: account.uid, token: proof))
        } catch {
            throw DCOSError(.badCredential, "the service account's uid cannot be sent")
        }
        do throws(HTTPError) {
            return try await http.send(
                HTTPRequest(
                    method: "POST",
                    url: endpoint,
                    headers: [("Content-Type", "application/json"), ("Accept", "application/json")],
                    body: Array(body),
                    deadlines: HTTPDeadlines(connect: .seconds(5), stall: .seconds(15), total: .seconds(20)),
                    limits: HTTPLimits(bodyBytes: Self.answerBytesMax)
                )
            )
        } catch {
            throw DCOSError(
                .unreachable,
                "the IAM at \(endpoint) cannot be asked: \(error.message)",
                transient: error.retry != .never
            )
        }
    }

    private static func read(
        _ response: HTTPResponse,
        proof: String,
        _ uid: String,
        _ endpoint: String
    ) throws(DCOSError) -> String {
        let status = response.head.status
        switch status {
        case 200:
            let answer: Answer
            do {
                answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
            } catch {
                throw DCOSError(.badAnswer, "the IAM at \(endpoint) answers 200 and gives no token", transient: true)
            }
            // It goes into a header as it is.
            guard answer.token.utf8.count <= UnverifiedToken.bytesMax, UnverifiedToken(answer.token) != nil else {
                throw DCOSError(.badAnswer, "the IAM at \(endpoint) gives a token that is none", transient: true)
            }
            return answer.token
        case 300..<400:
            throw DCOSError(
                .badAddress,
                "the IAM at \(endpoint) answers \(status): the login_endpoint needs another scheme or host; a strict "
                    + "cluster wants https"
            )
        case 400..<500:
            throw DCOSError(
                .loginRefused,
                "the IAM at \(endpoint) refused service account \(uid), \(status)\(said(response.body, proof)): does the "
                    + "account exist, is its public key the one of this private key, and do the clocks agree?",
                transient: status == 408 || status == 429
            )
        default:
            throw DCOSError(
                .unreachable,
                "the IAM at \(endpoint) answers \(status)\(said(response.body, proof))",
                transient: true
            )
        }
    }

    /// The IAM's own words, unless they repeat what is not to be repeated.
    private static func said(_ body: [UInt8], _ proof: String) -> String {
        // An answer in another form says nothing that we could pass on.
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body)) else { return "" }
        let words = [refusal.code, refusal.description].compactMap { $0 }.joined(separator: ": ").prefix(200)
        let isSafe = proof.split(separator: ".").allSatisfy { !words.contains($0.prefix(16)) }
        return words.isEmpty || !isSafe ? "" : ", \(words)"
    }
}
