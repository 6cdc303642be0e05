/// The body of every answer that is no success.
public struct ErrorBody: Hashable, Codable, Sendable {
    /// Stable, `module.snake_case`; what programs look at.
    public var code: String
    /// For people.
    public var message: String
    /// The path of the field or the name of the parameter at fault; null when it is no single one.
    public var field: String?

    /// Wraps the three.
    public init(code: String, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// Writes every field, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encode(field, forKey: .field)
    }
}
