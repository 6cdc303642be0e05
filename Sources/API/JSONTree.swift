/// A JSON value as it was written, before anyone has said what it should be.
///
/// `JSONDecoder` skips fields it does not know and takes the last of two equal names; a request must do neither.
package indirect enum JSONTree: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The digits as written; what fits where is the reader's question.
    case number(String)
    case string(String)
    case array([JSONTree])
    /// In the order written; no name appears twice.
    case object([Member])

    /// One name and its value.
    package struct Member: Hashable, Sendable {
        var name: String
        var value: JSONTree
    }

    /// For messages: what it is, without what it says.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
