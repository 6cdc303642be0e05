import CQL
import CQLClient
import Model

extension CQLConnection {
    /// The rows of a statement, values by their columns' names.
    ///
    /// - Throws: `fault` with the node's own words.
    func rows(_ statement: String, or fault: SealFault) throws(SealFailure) -> [[String: CQLValue]] {
        guard case .rows(let result) = try run(statement, or: fault) else { return [] }
        var rows: [[String: CQLValue]] = []
        for row in result.rows {
            var values: [String: CQLValue] = [:]
            for (bytes, column) in zip(row, result.columns ?? []) {
                guard let bytes else { continue }
                do { values[column.name] = try CQLValue(bytes, column.type) } catch {
                    throw SealFailure(fault, "\(statement): \(error)")
                }
            }
            rows.append(values)
        }
        return rows
    }

    /// Runs a statement.
    ///
    /// - Throws: `fault` with the node's own words.
    @discardableResult
    func run(_ statement: String, or fault: SealFault) throws(SealFailure) -> Response.QueryResult {
        do { return try query(statement) } catch {
            throw SealFailure(fault, "\(statement.prefix(200)): \(error.message)")
        }
    }
}

extension [String: CQLValue] {
    /// A text, or a UUID's; nil for null and for every other type.
    func text(_ name: String) -> String? {
        switch self[name] {
        case .text(let text): text
        case .uuid(let uuid): uuid.description
        default: nil
        }
    }

    /// An address, as people write it; nil for null and for every other type.
    func address(_ name: String) -> String? {
        guard case .inet(let bytes) = self[name] else { return nil }
        return String(CQLValue.inet(bytes).literal.dropFirst().dropLast())
    }

    /// A set of texts; empty for null, as Cassandra has it, and for every other type.
    func set(_ name: String) -> Set<String> {
        guard case .set(let values) = self[name] else { return [] }
        return Set(values.map(\.description))
    }

    /// A map of texts.
    func texts(_ name: String) -> [String: String]? {
        guard case .map(let entries) = self[name] else { return nil }
        var texts: [String: String] = [:]
        for entry in entries {
            guard case .text(let key) = entry.key, case .text(let value) = entry.value else { return nil }
            texts[key] = value
        }
        return texts
    }
}
