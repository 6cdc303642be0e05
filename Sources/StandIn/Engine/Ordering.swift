import CQL

/// How values of a type follow each other, as in Cassandra.
enum Ordering {
    /// Negative, zero or positive, as the first stands before, with or behind the second; both are of the type.
    static func compare(_ one: [UInt8], _ other: [UInt8], _ type: DataType) -> Int {
        // Both were checked when they were written; what cannot be read is compared as it is.
        guard case .simple(let simple) = type, let left = try? CQLValue(one, type),
            let right = try? CQLValue(other, type)
        else { return lexical(one, other) }
        switch (left, right) {
        case (.bigint(let left), .bigint(let right)), (.timestamp(let left), .timestamp(let right)):
            return sign(left, right)
        case (.int(let left), .int(let right)): return sign(left, right)
        case (.double(let left), .double(let right)): return sign(left, right)
        case (.float(let left), .float(let right)): return sign(left, right)
        case (.uuid(let left), .uuid(let right)):
            let byVersion = sign(left.version, right.version)
            if byVersion != 0 { return byVersion }
            // Those of a time stand in its order; the text of a UUID begins with the time's lowest part.
            let byTime = simple == .timeuuid || left.version == 1 ? sign(left.ticks, right.ticks) : 0
            return byTime != 0 ? byTime : lexical(one, other)
        default: return lexical(one, other)
        }
    }

    private static func sign<Value: Comparable>(_ one: Value, _ other: Value) -> Int {
        one < other ? -1 : one > other ? 1 : 0
    }

    private static func lexical(_ one: [UInt8], _ other: [UInt8]) -> Int {
        one == other ? 0 : one.lexicographicallyPrecedes(other) ? -1 : 1
    }
}
