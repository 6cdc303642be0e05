import API
import HTTPTypes
import Model

/// What a request says about who sends it.
enum Bearer: Hashable, Sendable {
    /// Of a person's token; DC/OS's have some 500 to 1,500.
    private static let personBytesMax = 8 * 1_024

    /// No token.
    case absent
    /// Something that is meant as a token and can be none.
    case malformed
    /// The bytes of a token, right or wrong.
    case token([UInt8])
    /// A token of the cluster's, right or wrong: who came through Admin Router.
    case person(Secret)

    /// Reads `Authorization: Bearer TOKEN`, the scheme in any case, or DC/OS's `Authorization: token=TOKEN`; one field,
    /// one token.
    init(_ headers: HTTPFields) {
        let values = headers[values: .authorization]
        guard let value = values.first else {
            self = .absent
            return
        }
        guard values.count == 1 else {
            self = .malformed
            return
        }
        if value.prefix(6).lowercased() == "token=" {
            let token = value.dropFirst(6)
            let isWhole =
                (1...Self.personBytesMax).contains(token.utf8.count)
                && token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            self = isWhole ? .person(Secret(String(token))) : .malformed
            return
        }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard let scheme = parts.first, scheme.lowercased() == "bearer" else {
            self = .absent
            return
        }
        let token = Array((parts.count == 2 ? parts[1].drop { $0 == " " } : "").utf8)
        let isWhole = RequestLimits.tokenCharacters.contains(token.count) && token.allSatisfy(RequestLimits.isTokenByte)
        self = isWhole ? .token(token) : .malformed
    }
}
