import API
import Model

/// The sweep's plan for people: a table, in which each row has its reason below it.
enum SweepText {
    /// Of one text from outside, in scalars.
    static let textMax = 1_000
    /// What a reason is indented by: the widest word of what comes next, and a gap.
    private static let indent = "         "
    /// Narrower than this, a reason would be a column of syllables.
    private static let columnsMin = 40

    /// Lines of at most so many columns, but where a name or a word is longer.
    static func lines(_ view: SweepView, columns: Int) -> [String] {
        let rows = view.entries.map { entry in
            [
                entry.stuck == nil ? entry.action : "stuck", printable(entry.name, max: textMax), entry.kind,
                entry.volume.map { printable($0.value, max: textMax) } ?? "-",
            ]
        }
        let table = [["NEXT", "COPY", "KIND", "VOLUME"]] + rows
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            // What comes next is as wide as the reason below is indented.
            let cells = zip(row.indices, row).map { index, cell in
                index == row.count - 1 ? cell : cell.padded(to: index == 0 ? indent.count - 2 : widths[index])
            }
            return cells.joined(separator: "  ")
        }
        var lines = rows.isEmpty ? [] : [line(table[0])]
        for (entry, row) in zip(view.entries, rows) {
            lines.append(line(row))
            for text in reasons(entry) {
                lines += wrapped(printable(text, max: textMax), to: max(columns, columnsMin) - indent.count)
                    .map { indent + $0 }
            }
        }
        let listed = view.listed.map { "volumes as of \($0)" } ?? "volumes were not listed yet"
        return lines + [listed, summary(view)]
    }

    private static func reasons(_ entry: SweepEntryView) -> [String] {
        guard let stuck = entry.stuck else { return [entry.why] }
        return [
            entry.why,
            "stuck since \(stuck.since), \(stuck.failures) \(stuck.failures == 1 ? "try" : "tries"): \(stuck.cause)",
            "do: \(stuck.advice)",
        ]
    }

    private static func summary(_ view: SweepView) -> String {
        let counts = view.counts
        var parts = [
            "\(counts.held) \(counts.held == 1 ? "copy" : "copies") held",
            "\(counts.waiting) \(counts.waiting == 1 ? "waits" : "wait")",
            "\(counts.stuck) stuck", "\(counts.orphans) \(counts.orphans == 1 ? "orphan" : "orphans")",
        ]
        if counts.deleting > 0 { parts.insert("\(counts.deleting) being deleted", at: 2) }
        if counts.foreign > 0 { parts.append("\(counts.foreign) not ours") }
        if counts.tasks > 0 { parts.append("\(counts.tasks) stray \(counts.tasks == 1 ? "task" : "tasks")") }
        return parts.joined(separator: ", ")
    }

    /// Breaks at blanks; a longer word stands alone.
    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count < width ? self + String(repeating: " ", count: width - count) : self
    }
}
