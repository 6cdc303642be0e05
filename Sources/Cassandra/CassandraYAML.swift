/// A `cassandra.yaml`, as far as its top-level settings go.
///
/// Not a parser of YAML: a block that begins with a key at the start of a line is replaced as a whole, everything else stays
/// as the image's maker wrote it.
struct CassandraYAML {
    /// In bytes; Cassandra's own has some 70,000.
    static let bytesMax = 1_024 * 1_024

    private(set) var lines: [Substring]

    /// Wraps the text of a file.
    init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The text of a file.
    var text: String { lines.joined(separator: "\n") + (lines.last?.isEmpty == true ? "" : "\n") }

    /// Takes a setting out, with all that belongs to it.
    mutating func remove(_ key: String) {
        var isInside = false
        lines = lines.filter { line in
            if isInside, Self.belongs(line) { return false }
            isInside = Self.key(of: line).map { $0 == key } ?? false
            return !isInside
        }
    }

    /// Sets a setting, whether it was there or not; the value is YAML already.
    mutating func set(_ key: String, _ value: String) {
        remove(key)
        if lines.last?.isEmpty == true { lines.removeLast() }
        lines.append(Substring("\(key): \(value)"))
    }

    /// A text as YAML takes it, whatever it holds.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func key(of line: Substring) -> Substring? {
        guard let first = line.utf8.first, first != UInt8(ascii: " "), first != UInt8(ascii: "#"),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        return line[..<colon]
    }

    /// True for a line that goes on with the block above it: indented, or a list's at the start of the line.
    private static func belongs(_ line: Substring) -> Bool {
        line.hasPrefix(" ") || line.hasPrefix("\t") || line.hasPrefix("- ") || line == "-"
    }
}
