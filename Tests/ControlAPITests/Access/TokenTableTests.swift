import Model
import Testing

@testable import ControlAPI

@Suite("Looking for a token")
struct TokenTableTests {
    private func table(_ tokens: [String]) -> TokenTable {
        TokenTable(
            tokens.enumerated().map { index, token in
                AccessToken(caller: Caller(name: "t\(index)", role: .view), secret: Secret(token))
            }
        )
    }

    @Test("finds each, wherever it stands and however long it is")
    func finds() {
        let tokens = [16, 17, 23, 24, 25, 255, 256].map { length in
            (0..<length).map { String(UnicodeScalar(UInt8(0x21 + (length + $0) % 94))) }.joined()
        }
        let table = table(tokens)
        for (index, token) in tokens.enumerated() {
            #expect(table.caller(presenting: Array(token.utf8))?.name == "t\(index)")
        }
    }

    @Test("takes nothing that differs in one byte, is shorter or longer")
    func nearly() {
        let token = Array("correct-horse-battery-staple".utf8)
        let table = table(["0123456789abcdef", String(decoding: token, as: UTF8.self), "fedcba9876543210"])
        for index in token.indices {
            for bit in 0..<8 {
                var other = token
                other[index] ^= 1 << bit
                #expect(table.caller(presenting: other) == nil)
            }
            #expect(table.caller(presenting: Array(token[..<index])) == nil)
        }
        // The padding is no part of a token.
        for count in 1...300 { #expect(table.caller(presenting: token + [UInt8](repeating: 0, count: count)) == nil) }
        #expect(table.caller(presenting: []) == nil)
    }

    @Test("finds nothing where there is nothing")
    func none() {
        #expect(table([]).caller(presenting: Array("0123456789abcdef".utf8)) == nil)
        #expect(table([]).caller(presenting: []) == nil)
    }
}
