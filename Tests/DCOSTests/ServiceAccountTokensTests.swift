import CryptoExtras
import HTTPTransport
import LocalCluster
import Model
import ScriptedServer
import Testing

@testable import DCOS

@Suite("A service account's tokens", .timeLimit(.minutes(2)))
struct ServiceAccountTokensTests {
    private func failure(_ tokens: ServiceAccountTokens) async -> DCOSError? {
        do throws(DCOSError) {
            _ = try await tokens.token()
            return nil
        } catch {
            return error
        }
    }

    @Test("are fetched once, however many ask")
    func once() async throws {
        try await Cluster.with { cluster in
            let tokens = try cluster.tokens()
            let all = try await withThrowingTaskGroup(of: Secret.self) { group in
                for _ in 0..<50 { group.addTask { try await tokens.token() } }
                return try await group.reduce(into: Set<Secret>()) { $0.insert($1) }
            }
            #expect(all.count == 1 && cluster.identity.counts.logins == 1)
            cluster.clock.pass(.hours(100))
            #expect(try await all == [tokens.token()] && cluster.identity.counts.logins == 1)
        }
    }

    @Test("are renewed before they end, and the old one serves while the IAM is away")
    func renewal() async throws {
        try await Cluster.with { cluster in
            cluster.identity.behave { $0.tokenLife = 1_000 }
            let tokens = try cluster.tokens()
            let first = try await tokens.token()
            cluster.clock.pass(.seconds(890))
            #expect(try await tokens.token() == first)
            cluster.clock.pass(.seconds(20))
            cluster.identity.behave { $0.loginStatus = 503 }
            #expect(try await tokens.token() == first, "it is good for another minute and a half")
            #expect(try await tokens.token() == first)
            cluster.clock.pass(.seconds(200))
            let error = try #require(await failure(tokens))
            #expect(error.code == .unreachable && error.transient && error.message.contains("503"))
            cluster.identity.behave { $0.loginStatus = nil }
            cluster.clock.pass(.minutes(2))
            #expect(try await tokens.token() != first && cluster.identity.counts.logins == 2)
        }
    }

    @Test("are fetched anew after a refusal, and not in a loop")
    func refusal() async throws {
        try await Cluster.with { cluster in
            let tokens = try cluster.tokens()
            let first = try await tokens.token()
            // Of one moment they may be the same to the byte.
            cluster.clock.pass(.seconds(1))
            #expect(await tokens.refused(first))
            #expect(await tokens.refused(first), "somebody else was told before us: another is on its way")
            let second = try await tokens.token()
            #expect(second != first && cluster.identity.counts.logins == 2)
            // The new one is refused as well: it stays, and whoever takes it still can be spoken to.
            for _ in 0..<20 {
                #expect(await !tokens.refused(second))
                #expect(try await tokens.token() == second)
            }
            cluster.clock.pass(.seconds(61))
            #expect(await tokens.refused(second))
            #expect(try await tokens.token() != second && cluster.identity.counts.logins == 3)
        }
    }

    @Test("that seem to have ended when they come are used for a while: the IAM has another clock")
    func clocks() async throws {
        try await Cluster.with { cluster in
            cluster.identity.behave { $0.tokenLife = -100 }
            let tokens = try cluster.tokens()
            for _ in 0..<20 { _ = try await tokens.token() }
            #expect(cluster.identity.counts.logins == 1)
        }
    }

    @Test("are not given for a key that is not the account's, which is said, with nothing secret in it")
    func wrongKey() async throws {
        try await Cluster.with { cluster in
            let other = try _RSA.Signing.PrivateKey(keySize: .bits2048).pkcs8PEMRepresentation
            for credential in [try cluster.credential(key: other), try cluster.credential(uid: "nobody")] {
                let tokens = try cluster.tokens(credential)
                let error = try #require(await failure(tokens))
                #expect(error.code == .loginRefused && !error.transient)
                #expect(error.message.contains(cluster.identity.loginEndpoint) && error.message.contains("ERR_INVALID"))
                #expect(!error.message.contains("eyJ"))
                for _ in 0..<10 { #expect(await failure(tokens)?.code == .loginRefused) }
            }
            #expect(cluster.identity.counts == .init(refusals: 2))
        }
    }

    @Test(
        "an IAM that answers with something else is named",
        arguments: [
            (#"{"token":"not one"}"#, DCOSError.Code.badAnswer), ("{}", .badAnswer), ("<html>", .badAnswer),
            (#"{"token":"a.b.c\r\nX: y"}"#, .badAnswer),
        ]
    )
    func strange(body: String, code: DCOSError.Code) async throws {
        try await Cluster.with { cluster in
            let server = try ScriptedServer { _ in .text(body, type: "application/json") }
            defer { server.stop() }
            let error = try #require(await failure(try cluster.tokens(try cluster.credential(endpoint: server.url))))
            #expect(error.code == code && error.message.contains(server.url), "\(error)")
        }
    }

    @Test("an IAM whose refusal repeats the login token is not quoted")
    func echo() async throws {
        try await Cluster.with { cluster in
            let server = try ScriptedServer { request in
                let echo = String(decoding: request.body, as: UTF8.self).debugDescription
                return .text(#"{"code":\#(echo)}"#, status: 401, type: "application/json")
            }
            defer { server.stop() }
            let error = try #require(await failure(try cluster.tokens(try cluster.credential(endpoint: server.url))))
            #expect(error.code == .loginRefused && !error.message.contains("eyJ"), "\(error)")
        }
    }

    @Test("an IAM that is elsewhere, or nowhere, is named")
    func elsewhere() async throws {
        try await Cluster.with { cluster in
            cluster.identity.behave { $0.loginStatus = 307 }
            let moved = try #require(await failure(try cluster.tokens()))
            #expect(moved.code == .badAddress && moved.message.contains("https"))
            let gone = try cluster.tokens(try cluster.credential(endpoint: "http://127.0.0.1:1/login"))
            let error = try #require(await failure(gone))
            #expect(error.code == .unreachable && error.transient && error.message.contains("127.0.0.1:1"))
        }
    }
}
