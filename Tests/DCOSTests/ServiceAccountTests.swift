import DCOS
import Foundation
import LocalCluster
import Testing

@Suite("A service account's credential", .timeLimit(.minutes(2)))
struct ServiceAccountTests {
    @Test("names who it is and where to log in, and shows nothing of its key")
    func reads() async throws {
        try await Cluster.with { cluster in
            let account = try ServiceAccount(credential: cluster.credential())
            #expect(account.uid == Cluster.uid && account.loginEndpoint == cluster.identity.loginEndpoint)
            var dumped = ""
            dump(account, to: &dumped)
            let secret = cluster.key.split(separator: "\n")[1].prefix(20)
            #expect(!"\(account) \(dumped) \(String(reflecting: account))".contains(secret))
        }
    }

    @Test(
        "that cannot be used is refused by the name of the field",
        arguments: [
            ("", "no JSON"), ("[]", "no JSON object"), (#"{"uid":"a","scheme":"RS256"}"#, "private_key is missing"),
            (#"{"scheme":"RS256","private_key":"k"}"#, "uid is missing"),
            (#"{"uid":7,"scheme":"RS256","private_key":"k"}"#, "uid has to be a text"),
            (#"{"uid":"","scheme":"RS256","private_key":"s3cret"}"#, "uid has to be"),
            (#"{"uid":"a b","scheme":"RS256","private_key":"s3cret"}"#, "uid has to be"),
            (#"{"uid":"a","scheme":"HS256","private_key":"s3cret"}"#, "scheme has to be RS256"),
            (#"{"uid":"a","scheme":"RS256","private_key":"s3cret"}"#, "private_key has to be"),
            (#"{"uid":"a","scheme":"RS256","private_key":"s3cret","login_endpoint":"master.mesos"}"#, "login_endpoint"),
            (
                #"{"uid":"a","scheme":"RS256","private_key":"s3cret","login_endpoint":"http://u:p@m/"}"#,
                "login_endpoint"
            ),
        ]
    )
    func bad(credential: String, reason: String) throws {
        let error = #expect(throws: DCOSError.self) { try ServiceAccount(credential: Array(credential.utf8)) }
        let said = try #require(error)
        #expect(said.code == .badCredential && said.message.contains(reason), "\(said)")
        #expect(!said.message.contains("s3cret"))
    }

    @Test("larger than any is refused unread")
    func large() {
        #expect(throws: DCOSError.self) {
            try ServiceAccount(credential: Array(repeating: UInt8(ascii: " "), count: ServiceAccount.bytesMax + 1))
        }
    }
}
