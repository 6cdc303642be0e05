/// The fields of one fault's JSON.
struct FaultFields {
    /// The fault's, for the refusals.
    let name: String
    private let members: [String: JSONValue]

    init(_ value: JSONValue, of name: String) throws(FaultRefusal) {
        guard case .object(let members) = value else {
            throw FaultRefusal("\(name.prefix(64)): expected an object")
        }
        self.name = String(name.prefix(64))
        self.members = members
    }

    func expectOnly(_ known: Set<String>) throws(FaultRefusal) {
        guard let unknown = members.keys.filter({ !known.contains($0) }).min() else { return }
        throw FaultRefusal("\(name): there is no field \(unknown.prefix(40)) in this fault")
    }

    func required<Value>(_ field: String, _ value: Value?) throws(FaultRefusal) -> Value {
        guard let value else { throw FaultRefusal("\(name): \(field) is missing") }
        return value
    }

    func text(_ field: String) throws(FaultRefusal) -> String? {
        try value(field, "a string") { if case .string(let text) = $0 { text } else { nil } }
    }

    func bool(_ field: String) throws(FaultRefusal) -> Bool? {
        try value(field, "true or false") { if case .bool(let value) = $0 { value } else { nil } }
    }

    func integer(_ field: String) throws(FaultRefusal) -> Int64? {
        try value(field, "a whole number") { if case .integer(let number) = $0 { number } else { nil } }
    }

    func number(_ field: String) throws(FaultRefusal) -> Double? {
        try value(field, "a number") {
            switch $0 {
            case .integer(let number): Double(number)
            case .real(let number): number
            case .null, .bool, .string, .array, .object: nil
            }
        }
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(_ field: String) throws(FaultRefusal) -> Value? {
        let choices = Value.allCases.map(\.rawValue).joined(separator: " or ")
        return try value(field, choices) { $0.text.flatMap(Value.init(rawValue:)) }
    }

    private func value<Value>(
        _ field: String,
        _ what: String,
        _ read: (JSONValue) -> Value?
    ) throws(FaultRefusal) -> Value? {
        guard let found = members[field] else { return nil }
        guard let value = read(found) else { throw FaultRefusal("\(name): \(field) is to be \(what)") }
        return value
    }
}
