import FoundationEssentials

/// The one way in which the API's values become JSON and back.
public enum APIJSON {
    /// Names in alphabetical order, one line, slashes as they are.
    ///
    /// - Throws: `EncodingError` for a number that JSON cannot hold (not finite); nothing else can go wrong.
    public static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Reads a server's answer; fields that we do not know are skipped, since a newer server may have more.
    static func read<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
