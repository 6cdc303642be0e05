import API
import Model

/// The tokens that are good now, in a form that is compared in constant time.
///
/// Each token lies in a row of its own, padded to the longest there may be, its length behind it. A look goes through
/// every word of every row whatever it meets, and remembers what it found without a branch. So the time that it takes
/// says nothing about how much of a token was right, which one it is like or how long any is. It says how long the
/// presented one is, which its sender knows, and how many tokens there are. The compiler is free to undo this; that it
/// does not is not tested. What comes after a look does differ: the admitted are answered, the others wait.
struct TokenTable: Sendable, CustomStringConvertible, CustomReflectable {
    private static let textWords = RequestLimits.tokenCharacters.upperBound / 8
    private static let rowWords = textWords + 1

    private let callers: [Caller]
    private let rows: [UInt64]

    /// - Parameter tokens: no token twice.
    init(_ tokens: [AccessToken]) {
        callers = tokens.map(\.caller)
        rows = tokens.flatMap { Self.row(Array($0.secret.reveal().utf8)) }
    }

    var count: Int { callers.count }

    /// Never the tokens.
    var description: String { "\(count) tokens" }
    /// Shows no child, so that `dump` prints nothing of it.
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Looks for a token.
    ///
    /// - Parameter token: as it was presented.
    /// - Returns: whose it is; nil for nobody's.
    func caller(presenting token: [UInt8]) -> Caller? {
        guard token.count <= RequestLimits.tokenCharacters.upperBound else { return nil }
        let presented = Self.row(token)
        // One more than the index; no token is there twice, so that at most one row adds to it.
        var found: UInt64 = 0
        for index in callers.indices {
            var difference: UInt64 = 0
            for word in 0..<Self.rowWords { difference |= rows[index * Self.rowWords + word] ^ presented[word] }
            // All ones when nothing differs, else zero.
            let same = ((difference | (0 &- difference)) >> 63) &- 1
            found |= same & UInt64(index + 1)
        }
        return found == 0 ? nil : callers[Int(found) - 1]
    }

    private static func row(_ token: [UInt8]) -> [UInt64] {
        var row = [UInt64](repeating: 0, count: rowWords)
        for (index, byte) in token.enumerated() { row[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
        row[textWords] = UInt64(token.count)
        return row
    }
}
