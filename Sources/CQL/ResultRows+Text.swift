extension ResultRows {
    /// Each row's values for people, null as `null`; none where the columns are not described.
    ///
    /// - Returns: as many rows, with as many texts as there are described columns.
    /// - Throws: `cql.length`, `cql.value` for a value that is not of its column's type.
    public func texts() throws(CQLError) -> [[String]] {
        var texts: [[String]] = []
        for row in rows {
            var line: [String] = []
            for (bytes, column) in zip(row, columns ?? []) {
                guard let bytes else {
                    line.append("null")
                    continue
                }
                line.append(try CQLValue(bytes, column.type).description)
            }
            texts.append(line)
        }
        return texts
    }
}
