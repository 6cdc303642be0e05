/// The parameters of a URL, each of them known and given once.
struct QueryParameters {
    private let values: [Substring: Substring]

    /// Reads the part behind the `?`.
    ///
    /// - Throws: `api.unknown_field` or `api.bad_value`, with the parameter as the field.
    init(_ text: some StringProtocol, known: [String]) throws(APIError) {
        var values: [Substring: Substring] = [:]
        for piece in Substring(text).split(separator: "&", maxSplits: known.count) {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard known.contains(String(pair[0])) else {
                throw APIError(
                    .invalid,
                    .unknownField,
                    "there is no such parameter; there are \(known.joined(separator: ", "))",
                    field: printable(String(pair[0]), max: 64)
                )
            }
            guard values.updateValue(pair.count == 2 ? pair[1] : "", forKey: pair[0]) == nil else {
                throw Self.bad(String(pair[0]), "this parameter once")
            }
        }
        self.values = values
    }

    /// One of an enum's words; nil when the parameter is absent.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws(APIError) -> Word?
    where Word.RawValue == String {
        guard let value = values[name[...]] else { return nil }
        guard let word = Word(rawValue: String(value)) else {
            throw bad(name, "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// A whole number; nil when the parameter is absent.
    func number<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) throws(APIError) -> Number? {
        guard let value = values[name[...]] else { return nil }
        guard let number = Number(value), range.contains(number) else {
            throw bad(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A text in percent-encoding; nil when the parameter is absent.
    func text(_ name: String) throws(APIError) -> String? {
        guard let value = values[name[...]] else { return nil }
        var bytes: [UInt8] = []
        var rest = value.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(rest.prefix(2)) ?? ""
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                throw bad(name, "percent-encoding")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw bad(name, "UTF-8") }
        return text
    }

    /// The refusal of a value.
    func bad(_ name: String, _ expected: String) -> APIError { Self.bad(name, expected) }

    private static func bad(_ name: String, _ expected: String) -> APIError {
        APIError(.invalid, .badValue, "expected \(expected)", field: name)
    }
}

/// A text as it may stand in a URL: all but letters, digits, `-._~` and the slash is encoded.
func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
        let character = Character(Unicode.Scalar(byte))
        if byte < 0x80, character.isLetter || character.isNumber || "-._~/".contains(character) {
            encoded.append(character)
        } else {
            encoded += "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}
