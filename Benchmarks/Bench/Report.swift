/// One line of the table: what was measured, and how it compares to its limit.
struct Row: Sendable {
    enum Verdict: String, Sendable {
        case ok
        case over = "OVER"
        case information = "-"
        case skipped
    }

    var name: String
    var measured: String
    var limit: String
    var verdict: Verdict

    /// A figure that must not be above its limit; `also` are other figures of the same thing, for people.
    static func limited(
        _ name: String,
        _ value: Double,
        max limit: Double,
        _ unit: String,
        digits: Int = 1,
        also: String = ""
    ) -> Row {
        Row(
            name: name,
            measured: "\(decimal(value, digits)) \(unit)" + (also.isEmpty ? "" : ", \(also)"),
            limit: "\(decimal(limit, limit == limit.rounded() ? 0 : digits)) \(unit)",
            // Written so that what could not be measured is over as well.
            verdict: value <= limit ? .ok : .over
        )
    }

    static func information(_ name: String, _ measured: String) -> Row {
        Row(name: name, measured: measured, limit: "", verdict: .information)
    }

    static func skipped(_ name: String, _ why: String) -> Row {
        Row(name: name, measured: "skipped: \(why)", limit: "", verdict: .skipped)
    }

    /// A part of the bench that broke off: nothing is known of its limits, which is as bad as being over them.
    static func failed(_ name: String, _ error: any Error) -> Row {
        Row(name: name, measured: "failed: \(error)", limit: "", verdict: .over)
    }
}

/// The rows as a table, each column as wide as its longest entry.
func table(_ rows: [Row]) -> String {
    let cells =
        [["name", "measured", "limit", ""]] + rows.map { [$0.name, $0.measured, $0.limit, $0.verdict.rawValue] }
    let widths = (0..<4).map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
        zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
            .joined(separator: "  ")
    }
    .joined(separator: "\n")
}
