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
        /// By their ids; empty when there are none.
        var keys: [String: Insecure.RSA.PublicKey]
        var at: Instant
    }

    /// Fetched keys count for so long.
    static let life = Span.minutes(10)
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

    /// True when one of the keys has signed it; its end and its words are not looked at.
    func proves(_ token: String, _ unverified: UnverifiedToken) async -> Proof {
        if fetched.map({ now() - $0.at >= Self.life }) ?? true { await fetch() }
        guard var set = fetched else { return .unavailable(failure?.why ?? "\(url) was not asked") }
        if set.keys.isEmpty { return .noKeys }
        // No other algorithm: with HS256 the public key would be the secret.
        guard unverified.algorithm == "RS256" else { return .no }
        let id = unverified.keyID ?? ""
        if set.keys[id] == nil, unverified.keyID != nil, now() - set.at >= Self.pause {
            await fetch()
            set = fetched ?? set
        }
        // A token that names no key may be of any.
        let candidates = unverified.keyID == nil ? Array(set.keys.values) : [set.keys[id]].compactMap { $0 }
        for key in candidates where await Self.signed(token, by: key) { return .yes }
        return .no
    }

    private static func signed(_ token: String, by key: Insecure.RSA.PublicKey) async -> Bool {
        let collection = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        do {
            _ = try await collection.verify(token, as: Claims.self, iteratingKeys: true)
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
                guard let keys = Self.keys(response.body) else { return fail("\(url) answers with something else") }
                fetched = Fetched(keys: keys, at: now())
                failure = nil
            // A DC/OS whose tokens are signed by a shared secret asks for a login there, or knows no such path.
            case 401, 403, 404:
                fetched = Fetched(keys: [:], at: now())
                failure = nil
            case let status: fail("\(url) answers \(status)")
            }
        } catch {
            fail("\(url) cannot be read: \(error.message)")
        }
    }

    private func fail(_ why: String) { failure = (why, now() + Self.failurePause) }

    /// Those that RS256 can be verified with; nil for what is no key set.
    private static func keys(_ bytes: [UInt8]) -> [String: Insecure.RSA.PublicKey]? {
        // What cannot be read is reported as that by the caller.
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.keys.count <= keysMax
        else { return nil }
        var keys: [String: Insecure.RSA.PublicKey] = [:]
        for key in document.keys
        where key.kty == "RSA" && (key.use ?? "sig") == "sig" && (key.alg ?? "RS256") == "RS256" {
            guard let modulus = key.n, let exponent = key.e else { continue }
            // One that cannot be used does not spoil the others.
            keys[key.kid ?? ""] = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
        }
        return keys
    }
}
