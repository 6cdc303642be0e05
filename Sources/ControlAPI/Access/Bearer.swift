import API
import HTTPTypes

/// What a request says about who sends it.
enum Bearer: Hashable, Sendable {
    /// No token.
    case absent
    /// Something that is meant as a token and can be none.
    case malformed
    /// The bytes of a token, right or wrong.
    case token([UInt8])

    /// Reads `Authorization: Bearer TOKEN`; the scheme in any case, one field, one token.
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
