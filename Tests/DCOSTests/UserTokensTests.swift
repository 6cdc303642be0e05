import CryptoExtras
import Foundation
import HTTPTransport
import JWTKit
import LocalCluster
import Model
import Testing

@testable import DCOS

@Suite("People's tokens", .timeLimit(.minutes(2)))
struct UserTokensTests {
    private struct Claim: JWTPayload {
        var uid: String
        var exp: Double
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private func part(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().filter { $0 != "=" }.replacing("+", with: "-").replacing("/", with: "_")
    }

    @Test("are theirs while they last, by the keys that the IAM publishes, which are fetched once")
    func good() async throws {
        try await Cluster.with { cluster in
            let users = try cluster.users()
            let token = Secret(try await cluster.identity.token(of: "alice@example.com", life: 100))
            for _ in 0..<5 {
                guard case .user("alice@example.com", for: let life) = await users.verdict(on: token) else {
                    Issue.record("unknown")
                    return
                }
                #expect((98_000...100_000).contains(life.milliseconds))
            }
            #expect(cluster.identity.counts.keys == 1 && cluster.identity.counts.questions == 0)
            cluster.clock.pass(.seconds(101))
            #expect(await users.verdict(on: token) == .unknown)
        }
    }

    @Test("that anybody else has signed, or nobody, are nobody's")
    func forged() async throws {
        try await Cluster.with { cluster in
            let users = try cluster.users()
            let end = Date().timeIntervalSince1970 + 1_000
            let id = JWKIdentifier(string: "understudy-local-cluster")
            let own = try JWTKit.Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
            let claim = Claim(uid: "root", exp: end)
            let forged = try await JWTKeyCollection().add(rsa: own, digestAlgorithm: .sha256, kid: id).sign(
                claim,
                kid: id
            )
            // With the public key as a shared secret.
            let published = try await cluster.http.send(.init(url: "\(cluster.identity.url)/acs/api/v1/auth/jwks"))
            let data = Data(published.body)
            let keys = try JSONDecoder().decode(JWKS.self, from: data)
            let modulus = try #require(keys.keys.first?.modulus)
            let shared = try await JWTKeyCollection()
                .add(hmac: HMACKey(from: modulus), digestAlgorithm: .sha256, kid: id).sign(claim, kid: id)
            let payload = part(#"{"uid":"root","exp":\#(end)}"#)
            let none = part(#"{"alg":"none","typ":"JWT"}"#) + "." + payload + "."
            let good = try await cluster.identity.token(of: "alice")
            let pieces = good.split(separator: ".")
            let changed = "\(pieces[0]).\(payload).\(pieces[2])"
            let noKey = part(#"{"alg":"RS256","typ":"JWT"}"#) + ".\(payload).\(pieces[2])"
            for token in [
                forged, shared, none, changed, noKey, "a.b.c", "", "..", String(repeating: "a.", count: 9_000),
            ] {
                #expect(await users.verdict(on: Secret(token)) == .unknown, "\(token.prefix(200))")
            }
            guard case .user("alice", _) = await users.verdict(on: Secret(good)) else {
                Issue.record("the good one is unknown")
                return
            }
        }
    }

    @Test("of a key that is not known have the keys fetched again, and no more often than twice a minute")
    func rotation() async throws {
        try await Cluster.with { cluster in
            let users = try cluster.users()
            let other = try JWTKit.Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
            let id = JWKIdentifier(string: "another")
            let keys = await JWTKeyCollection().add(rsa: other, digestAlgorithm: .sha256, kid: id)
            let token = Secret(
                try await keys.sign(Claim(uid: "bob", exp: Date().timeIntervalSince1970 + 10_000), kid: id)
            )
            for _ in 0..<20 { #expect(await users.verdict(on: token) == .unknown) }
            #expect(cluster.identity.counts.keys == 1)
            cluster.clock.pass(.seconds(31))
            for _ in 0..<20 { #expect(await users.verdict(on: token) == .unknown) }
            #expect(cluster.identity.counts.keys == 2)
        }
    }

    @Test("are shown to Admin Router where no keys are published, and its word counts for a minute")
    func asked() async throws {
        try await Cluster.with { cluster in
            cluster.identity.behave { $0.publishesKeys = false }
            let users = try cluster.users()
            let token = Secret(try await cluster.identity.token(of: "alice"))
            for _ in 0..<5 {
                guard case .user("alice", _) = await users.verdict(on: token) else {
                    Issue.record("unknown")
                    return
                }
            }
            #expect(cluster.identity.counts.questions == 2, "one of them without a token")
            cluster.identity.revokeAll()
            cluster.clock.pass(.seconds(61))
            #expect(await users.verdict(on: token) == .unknown)
            let forged = Secret(part(#"{"alg":"HS256"}"#) + "." + part(#"{"uid":"root"}"#) + ".c2ln")
            #expect(await users.verdict(on: forged) == .unknown)
        }
    }

    @Test("keep to the keys once there were some, whatever is answered later")
    func downgrade() async throws {
        try await Cluster.with { cluster in
            let users = try cluster.users()
            let token = Secret(try await cluster.identity.token(of: "alice"))
            guard case .user = await users.verdict(on: token) else {
                Issue.record("unknown")
                return
            }
            cluster.identity.behave { $0.publishesKeys = false }
            cluster.clock.pass(.minutes(11))
            guard case .user = await users.verdict(on: token) else {
                Issue.record("the keys count on")
                return
            }
            #expect(cluster.identity.counts.questions == 0, "Admin Router is not asked instead")
            cluster.clock.pass(.hours(1))
            guard case .unavailable(let why) = await users.verdict(on: token) else {
                Issue.record("they count for ever")
                return
            }
            #expect(why.contains("no keys any more"))
        }
    }

    @Test("prove nobody where Admin Router lets everybody in, or nobody answers")
    func unavailable() async throws {
        try await Cluster.with { cluster in
            cluster.identity.behave {
                $0.publishesKeys = false
                $0.asksForLogin = false
            }
            let token = Secret(try await cluster.identity.token(of: "alice"))
            guard case .unavailable(let why) = await (try cluster.users()).verdict(on: token) else {
                Issue.record("a word was taken of who checks nothing")
                return
            }
            #expect(why.contains("asks nobody"))
            await cluster.identity.stop()
            guard case .unavailable = await (try cluster.users()).verdict(on: token) else {
                Issue.record("nobody was asked")
                return
            }
        }
    }
}
