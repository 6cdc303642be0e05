import CQL
import FoundationEssentials

/// The values that come with a statement, and what makes values up: what turns a term into bytes.
struct Binding {
    /// For the marks, in their order.
    let values: [BoundValue]
    /// Milliseconds since the epoch.
    let now: Int64
    /// Draws UUIDs.
    let uuids: UUIDSource

    /// The bytes of a term in a column of this type; nil for null.
    ///
    /// - Throws: `invalid`, in Cassandra's words where it has some.
    func bytes(_ term: Term, _ column: ResultRows.Column) throws(ErrorMessage) -> [UInt8]? {
        switch try bound(term, column) {
        case .bytes(let bytes): return bytes
        case .null: return nil
        case .unset: throw ErrorMessage(.invalid, "Invalid unset value for column \(column.name)")
        }
    }

    /// As ``bytes(_:_:)``, where a value may be unset.
    func bound(_ term: Term, _ column: ResultRows.Column) throws(ErrorMessage) -> BoundValue {
        if case .mark(let place) = term {
            guard place < values.count else { throw ErrorMessage(.invalid, "Invalid amount of bind variables") }
            if case .bytes(let bytes) = values[place] { try check(bytes, column) }
            return values[place]
        }
        guard let value = try value(term, column.type, column.name) else { return .null }
        return .bytes(value.bytes)
    }

    private func check(_ bytes: [UInt8], _ column: ResultRows.Column) throws(ErrorMessage) {
        do {
            _ = try CQLValue(bytes, column.type)
        } catch {
            throw ErrorMessage(.invalid, "Exception while binding column \(column.name): \(error.message)")
        }
    }

    /// A literal, read as a value of a type; nil for null.
    private func value(_ term: Term, _ type: DataType, _ column: String) throws(ErrorMessage) -> CQLValue? {
        func misfit() -> ErrorMessage {
            ErrorMessage(.invalid, "Invalid constant (\(term.description)) for \"\(column)\" of type \(type.name)")
        }
        switch (term, type) {
        case (.null, _): return nil
        case (.mark, _): throw ErrorMessage(.invalid, "this stand-in binds whole values, no parts of \(column)")
        case (.call(let function, let arguments), .simple(let simple)):
            return try call(function, arguments, simple)
        case (_, .simple(let simple)):
            guard let value = Literal.value(term, simple) else { throw misfit() }
            return value
        case (.list(let elements), .list(let element)):
            return .list(try self.elements(elements, element, column))
        case (.set(let elements), .set(let element)):
            let values = try self.elements(elements, element, column)
            let unique = Dictionary(values.map { ($0.bytes, $0) }) { first, _ in first }.values
            return .set(unique.sorted { Ordering.compare($0.bytes, $1.bytes, element) < 0 })
        case (.set(let elements), .map) where elements.isEmpty: return .map([])
        case (.map(let entries), .map(let key, let value)):
            let keys = try self.elements(entries.map(\.key), key, column)
            let values = try self.elements(entries.map(\.value), value, column)
            let last = Dictionary(zip(keys, values).map { ($0.bytes, CQLValue.Entry($0, $1)) }) { _, last in last }
            return .map(last.values.sorted { Ordering.compare($0.key.bytes, $1.key.bytes, key) < 0 })
        default: throw misfit()
        }
    }

    private func elements(_ terms: [Term], _ type: DataType, _ column: String) throws(ErrorMessage) -> [CQLValue] {
        var values: [CQLValue] = []
        for term in terms {
            guard let value = try value(term, type, column) else {
                throw ErrorMessage(.invalid, "null is not supported inside collections")
            }
            values.append(value)
        }
        return values
    }

    private func call(
        _ function: String,
        _ arguments: [Term],
        _ type: DataType.Simple
    ) throws(ErrorMessage) -> CQLValue {
        switch (function, arguments, type) {
        case ("uuid", [], .uuid): return .uuid(uuids.random())
        case ("now", [], .timeuuid), ("now", [], .uuid), ("currenttimeuuid", [], .timeuuid):
            return .uuid(uuids.timed(milliseconds: now))
        case ("totimestamp", [.call("now", [])], .timestamp), ("currenttimestamp", [], .timestamp):
            return .timestamp(now)
        default:
            throw ErrorMessage(.invalid, "this stand-in knows no function \(function) that gives a \(type.name) here")
        }
    }
}

/// Draws UUIDs; those of a time never twice.
final class UUIDSource {
    /// From 1582-10-15 to 1970-01-01, in 100 ns.
    private static let epochTicks: UInt64 = 0x01B2_1DD2_1381_4000

    private var generator = SystemRandomNumberGenerator()
    private let node: UInt64
    private let sequence: UInt16
    private var last: UInt64 = 0

    init() {
        node = UInt64.random(in: 0..<1 << 48)
        sequence = UInt16.random(in: 0..<1 << 14)
    }

    func random() -> CQLUUID { CQLUUID(random: &generator) }

    func timed(milliseconds: Int64) -> CQLUUID {
        last = max(last + 1, Self.epochTicks &+ UInt64(bitPattern: milliseconds) &* 10_000)
        return CQLUUID(ticks: last, sequence: sequence, node: node)
    }
}

extension Term {
    /// As in an error.
    var description: String {
        switch self {
        case .null: "null"
        case .text(let text): "'\(text.prefix(40))'"
        case .number(let number): number
        case .boolean(let isTrue): "\(isTrue)"
        case .uuid(let uuid): uuid.description
        case .blob: "a blob"
        case .list: "a list"
        case .set: "a set"
        case .map: "a map"
        case .mark: "?"
        case .call(let function, _): "\(function)()"
        }
    }
}
