/// The fields of one JSON object, and where the object stands.
package struct FieldReader {
    private let path: String
    private let members: [String: JSONTree]
    /// As written, in that order.
    package let names: [String]

    /// Takes an object.
    ///
    /// - Parameters:
    ///   - tree: what should be an object.
    ///   - path: of the object; empty for the whole body.
    ///   - known: the names that may be there; nil for any.
    /// - Throws: `api.bad_value` for anything but an object, `api.unknown_field`.
    package init(_ tree: JSONTree, path: String, known: [String]?) throws(APIError) {
        guard case .object(let members) = tree else {
            throw APIError(
                .invalid,
                .badValue,
                "expected an object, found \(tree.kind)",
                field: path.isEmpty ? nil : path
            )
        }
        self.path = path
        self.names = members.map(\.name)
        self.members = Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
        if let known, let stranger = names.first(where: { !known.contains($0) }) {
            throw APIError(
                .invalid,
                .unknownField,
                "there is no such field here; there are \(known.joined(separator: ", "))",
                field: place(stranger)
            )
        }
    }

    private func place(_ name: String) -> String {
        let shown = printable(name, max: 64)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }

    /// nil when absent or null.
    private subscript(_ name: String) -> JSONTree? {
        guard let tree = members[name], tree != .null else { return nil }
        return tree
    }

    /// The error that names this field.
    package func bad(_ name: String, _ expected: String) -> APIError {
        APIError(.invalid, .badValue, "expected \(expected)", field: place(name))
    }

    private func wrongType(_ name: String, _ expected: String, _ found: JSONTree) -> APIError {
        bad(name, "\(expected), found \(found.kind)")
    }

    /// The value, or an error that says it is missing.
    package func required<Value>(_ value: Value?, _ name: String) throws(APIError) -> Value {
        guard let value else {
            throw APIError(.invalid, .missingField, "this field has to be there", field: place(name))
        }
        return value
    }

    /// A string.
    package func text(_ name: String) throws(APIError) -> String? {
        guard let tree = self[name] else { return nil }
        guard case .string(let text) = tree else { throw wrongType(name, "a string", tree) }
        return text
    }

    /// A whole number inside a range, written without fraction and exponent.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let tree = self[name] else { return nil }
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let digits) = tree else { throw wrongType(name, expected, tree) }
        guard let value = Int(digits), range.contains(value) else { throw bad(name, expected) }
        return value
    }

    /// True or false.
    func flag(_ name: String) throws(APIError) -> Bool? {
        guard let tree = self[name] else { return nil }
        guard case .bool(let isSet) = tree else { throw wrongType(name, "true or false", tree) }
        return isSet
    }

    /// A number inside a range.
    func decimal(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let tree = self[name] else { return nil }
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let digits) = tree else { throw wrongType(name, expected, tree) }
        guard let value = Double(digits), range.contains(value) else { throw bad(name, expected) }
        return value
    }

    /// An object inside this one.
    func member(_ name: String, known: [String]?) throws(APIError) -> FieldReader? {
        guard let tree = self[name] else { return nil }
        return try FieldReader(tree, path: place(name), known: known)
    }
}
