import Model
import Testing

@testable import ControlAPI

@Suite("The tokens file")
struct TokenListTests {
    private static let secret = "0123456789abcdef"
    private static let other = "fedcba9876543210"

    private func read(_ text: String) throws(ControlAPIError) -> [AccessToken] { try TokenList.read(Array(text.utf8)) }

    @Test("says who may do what")
    func whole() throws {
        let tokens = try read(
            """
            [ {"name": "nightly-ci", "role": "run", "token": "\(Self.secret)", "runs": 5},
              {"token": "\(Self.other)", "runs": null, "role": "admin", "name": "7"} ]
            """
        )
        #expect(tokens.map(\.caller.name) == ["nightly-ci", "7"])
        #expect(tokens.map(\.caller.role) == [.run, .admin])
        #expect(tokens.map(\.caller.runs) == [5, nil])
        #expect(tokens.map { $0.secret.reveal() } == [Self.secret, Self.other])
    }

    @Test("may be empty, and lets nobody in then")
    func empty() throws { #expect(try read(" [] ").isEmpty) }

    @Test(
        "is refused with the entry and the field, and without what is in it",
        arguments: [
            ("", "expected a value"),
            (#"{"name":"a"}"#, "expected an array, found an object"),
            (#"["\#(secret)"]"#, "entry 1: expected an object, found a string"),
            (#"[{"role":"run","token":"\#(secret)"}]"#, "entry 1: name: this field has to be there"),
            (#"[{"name":"a","token":"\#(secret)"}]"#, "entry 1 (a): role: this field has to be there"),
            (#"[{"name":"a","role":"run"}]"#, "entry 1 (a): token: this field has to be there"),
            (#"[{"name":"\#(secret)_","role":"run","token":"\#(secret)"}]"#, "entry 1: name: expected 1 to 40 of a-z"),
            (#"[{"name":"","role":"run","token":"\#(secret)"}]"#, "entry 1: name: expected 1 to 40"),
            (#"[{"name":7,"role":"run","token":"\#(secret)"}]"#, "entry 1: name: expected a string, found a number"),
            (#"[{"name":"a","role":"\#(secret)","token":"x"}]"#, "entry 1 (a): role: expected view, run, admin"),
            (#"[{"name":"a","role":"Run","token":"\#(secret)"}]"#, "entry 1 (a): role: expected view, run, admin"),
            (#"[{"name":"a","role":"run","token":"123456789abcdef"}]"#, "entry 1 (a): token: expected 16 to 256"),
            (#"[{"name":"a","role":"run","token":"0123456789 abcdef"}]"#, "entry 1 (a): token: expected 16 to 256"),
            (#"[{"name":"a","role":"run","token":"0123456789äabcdef"}]"#, "entry 1 (a): token: expected 16 to 256"),
            (#"[{"name":"a","role":"run","token":"\#(secret)\n"}]"#, "entry 1 (a): token: expected 16 to 256"),
            (
                #"[{"name":"a","role":"run","token":"\#(secret)","runs":0}]"#,
                "entry 1 (a): runs: expected a whole number from 1 to 1000"
            ),
            (#"[{"\#(secret)":"run"}]"#, "entry 1: a field that is none of name, role, token, runs"),
            (#"[{"\#(secret)":"run","\#(secret)":"run"}]"#, "a name appears twice, at line 1"),
            (
                #"[{"name":"a","role":"run","token":"\#(secret)"},{"name":"a","role":"run","token":"\#(other)"}]"#,
                "entry 2: name: the same as that of entry 1"
            ),
            (
                #"[{"name":"a","role":"run","token":"\#(secret)"},{"name":"b","role":"run","token":"\#(secret)"}]"#,
                "entry 2: token: the same as that of entry 1"
            ),
            (
                #"[{"name":"\#(other)","role":"run","token":"\#(secret)"},{"name":"b","role":"run","token":"\#(other)"}]"#,
                "entry 1: name: is somebody's token"
            ),
        ]
    )
    func refusals(_ text: String, _ message: String) {
        let error = #expect(throws: ControlAPIError.self) { try read(text) }
        #expect(error?.code == .badTokens)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(Self.secret) == false)
        #expect(error?.message.contains(Self.other) == false)
    }

    @Test("takes tokens of 16 and of 256 characters, and no longer ones")
    func lengths() throws {
        func list(_ length: Int) -> String {
            #"[{"name":"a","role":"view","token":"\#(String(repeating: "~", count: length))"}]"#
        }
        #expect(try read(list(16)).count == 1)
        #expect(try read(list(256)).count == 1)
        #expect(throws: ControlAPIError.self) { try read(list(257)) }
    }

    @Test("takes 500 of the longest tokens, and not one more")
    func many() throws {
        func list(_ count: Int) -> String {
            let entries = (0..<count).map { index in
                let number = String(1_000 + index)
                return
                    #"{"name":"\#(number)","role":"view","token":"\#(String(repeating: "x", count: 252))\#(number)","runs":1}"#
            }
            return "[\(entries.joined(separator: ","))]"
        }
        #expect(try read(list(500)).count == 500)
        let error = #expect(throws: ControlAPIError.self) { try read(list(501)) }
        #expect(error?.message == "501 entries are more than 500")
        #expect(throws: ControlAPIError.self) { try read(String(repeating: " ", count: TokenList.bytesMax + 1)) }
    }

    @Test("is never printed")
    func prints() throws {
        let tokens = try read(#"[{"name":"a","role":"run","token":"\#(Self.secret)"}]"#)
        var dumped = ""
        dump(tokens, to: &dumped)
        dump(TokenTable(tokens), to: &dumped)
        #expect(!"\(tokens) \(String(reflecting: tokens)) \(TokenTable(tokens)) \(dumped)".contains(Self.secret))
    }
}
