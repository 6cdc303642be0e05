import FoundationEssentials
import HTTPTransport
import JWTKit
import Model

/// The keys that the IAM signs tokens with, as it publishes them.
actor KeySet {
    enum Proof: Hashable, Sendable {
        case yes
        case no
        /// The IAM publishes none: somebody else has to say.
        case noKeys
        case unavailable(String)
    }

    private struct Document: Decodable {
        struct Key: Decodable {
            var kty: String
            var kid: String?
            var use: String?
            var alg: String?
            var n: String?
            var e: String?
        }
        var keys: [Key]
    }

    private struct Fetched {
        /// Each alone, by their ids; empty when there are none.
        var keys: [String: JWTKeyCollection]
        var at: Instant
    }

    /// After so long keys are fetched again; that there are none, after a tenth of it.
    static let life = Span.minutes(10)
    /// Keys that cannot be fetched again count on for so long, and no longer: one of them may have been withdrawn.
    static let grace = Span.hours(1)
    /// A token of a key that is not among them has the set fetched again, no more often than this.
    static let pause = Span.seconds(30)
    /// After a fetch that failed; whoever comes meanwhile is told the same.
    private static let failurePause = Span.seconds(5)
    private static let bytesMax = 256 * 1_024
    private static let keysMax = 100

    private let url: String
    private let http: HTTPClient
    private let now: @Sendable () -> Instant
    private var fetched: Fetched?
    private var failure: (why: String, until: Instant)?
    private var underWay: Task<Void, Never>?

    init(url: String, http: HTTPClient, now: @escaping @Sendable () -> Instant) {
        self.url = url
        self.http = http
        self.now = now
    }

    /// Whether one of the keys has signed it; its end and its words are not looked at.
    func proves(_ token: String, _ unverified: UnverifiedToken) async -> Proof {
        if isStale { await fetch() }
        guard let set = fetched, now() - set.at < Self.grace else {
            return .unavailable(failure?.why ?? "\(url) was not asked")
        }
        if set.keys.isEmpty { return .noKeys }
        // No other algorithm: with HS256 the public key would be the secret.
        guard unverified.algorithm == "RS256" else { return .no }
        if await isSigned(token, unverified.keyID, set) { return .yes }
        // The IAM may have another key since.
        guard now() - set.at >= Self.pause else { return .no }
        await fetch()
        guard let newer = fetched, newer.at > set.at else { return .no }
        return await isSigned(token, unverified.keyID, newer) ? .yes : .no
    }

    private var isStale: Bool {
        guard let fetched else { return true }
        let life = fetched.keys.isEmpty ? Span(milliseconds: Self.life.milliseconds / 10) : Self.life
        return now() - fetched.at >= life
    }

    /// By the key that the token names; one that names none may be of any.
    private func isSigned(_ token: String, _ id: String?, _ set: Fetched) async -> Bool {
        let candidates = id.map { [set.keys[$0]].compactMap(\.self) } ?? Array(set.keys.values)
        for key in candidates where await Self.signed(token, by: key) { return true }
        return false
    }

    private static func signed(_ token: String, by key: JWTKeyCollection) async -> Bool {
        do {
            _ = try await key.verify(token, as: Claims.self, iteratingKeys: true)
            return true
        } catch {
            return false  // whatever is wrong with it, this key does not vouch for it
        }
    }

    private func fetch() async {
        if let failure, now() < failure.until { return }
        if let underWay { return await underWay.value }
        let task = Task { await self.read() }
        underWay = task
        await task.value
        underWay = nil
    }

    private func read() async {
        do throws(HTTPError) {
            let response = try await http.send(
                HTTPRequest(
                    url: url,
                    headers: [("Accept", "application/json")],
                    deadlines: HTTPDeadlines(connect: .seconds(2), stall: .seconds(4), total: .seconds(5)),
                    limits: HTTPLimits(bodyBytes: Self.bytesMax)
                )
            )
            switch response.head.status {
            case 200:
                guard let keys = await Self.keys(response.body) else {
                    return fail("\(url) answers with something else")
                }
                take(keys)
            // A DC/OS whose tokens are signed by a shared secret asks for a login there, or knows no such path.
            case 401, 403, 404: take([:])
            case let status: fail("\(url) answers \(status)")
            }
        } catch {
            fail("\(url) cannot be read: \(error.message)")
        }
    }

    private func take(_ keys: [String: JWTKeyCollection]) {
        // Whoever had keys does not go back to a weaker proof: something else has answered.
        if keys.isEmpty, let fetched, !fetched.keys.isEmpty { return fail("\(url) has no keys any more") }
        fetched = Fetched(keys: keys, at: now())
        failure = nil
    }

    private func fail(_ why: String) { failure = (why, now() + Self.failurePause) }

    /// Those that RS256 can be verified with; nil for what is no key set.
    private static func keys(_ bytes: [UInt8]) async -> [String: JWTKeyCollection]? {
        // What cannot be read is reported as that by the caller.
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.keys.count <= keysMax
        else { return nil }
        var keys: [String: JWTKeyCollection] = [:]
        for key in document.keys
        where key.kty == "RSA" && (key.use ?? "sig") == "sig" && (key.alg ?? "RS256") == "RS256" {
            // One that cannot be used does not spoil the others.
            guard let modulus = key.n, let exponent = key.e,
                let known = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { continue }
            keys[key.kid ?? ""] = await JWTKeyCollection().add(rsa: known, digestAlgorithm: .sha256)
        }
        return keys
    }
}
