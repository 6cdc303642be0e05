import Model

/// The operator's CQL, taken apart into statements.
enum MaskScript {
    /// More would be a program.
    static let statementsMax = 1_000

    /// The statements of a script, without the semicolons between them and without comments.
    ///
    /// A `BEGIN BATCH … APPLY BATCH` is one.
    ///
    /// - Throws: `maskRefused` for an open quote or comment, or too many statements.
    static func statements(of script: String) throws(SealFailure) -> [String] {
        var reader = Reader(Array(script.unicodeScalars))
        var statements: [String] = []
        var batch: String?
        while let next = try reader.statement() {
            let words = next.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" }.map { $0.uppercased() }
            if let open = batch {
                batch = open + "; " + next
                guard words.starts(with: ["APPLY", "BATCH"]) else { continue }
                statements.append(open + "; " + next)
                batch = nil
            } else if words.first == "BEGIN" {
                batch = next
            } else {
                statements.append(next)
            }
            guard statements.count <= statementsMax else {
                throw SealFailure(.maskRefused, "the mask has more than \(statementsMax) statements")
            }
        }
        guard batch == nil else { throw SealFailure(.maskRefused, "the mask's last batch is not applied") }
        return statements
    }

    private struct Reader {
        private let text: [Unicode.Scalar]
        private var at = 0

        init(_ text: [Unicode.Scalar]) { self.text = text }

        /// The next one that is not empty; nil at the end.
        mutating func statement() throws(SealFailure) -> String? {
            var statement = String.UnicodeScalarView()
            while at < text.count {
                if skipsComment() { continue }
                if try !skipBlock() { continue }
                let scalar = text[at]
                at += 1
                if scalar == ";" {
                    if let found = Self.trimmed(statement) { return found }
                    statement = .init()
                } else if scalar == "'" || scalar == "\"" {
                    statement.append(scalar)
                    try quoted(by: [scalar], into: &statement)
                } else if scalar == "$", at < text.count, text[at] == "$" {
                    statement.append(contentsOf: "$$".unicodeScalars)
                    at += 1
                    try quoted(by: ["$", "$"], into: &statement)
                } else {
                    statement.append(scalar)
                }
            }
            return Self.trimmed(statement)
        }

        private func begins(_ sign: String) -> Bool { text[at...].starts(with: sign.unicodeScalars) }

        private mutating func skipsComment() -> Bool {
            guard begins("--") || begins("//") else { return false }
            while at < text.count, text[at] != "\n" { at += 1 }
            return true
        }

        /// False when there was one.
        private mutating func skipBlock() throws(SealFailure) -> Bool {
            guard begins("/*") else { return true }
            at += 2
            while at < text.count {
                if begins("*/") {
                    at += 2
                    return false
                }
                at += 1
            }
            throw SealFailure(.maskRefused, "a comment of the mask has no end")
        }

        private mutating func quoted(
            by end: [Unicode.Scalar],
            into statement: inout String.UnicodeScalarView
        ) throws(SealFailure) {
            // A doubled quote ends one text and begins the next: both are taken as they stand.
            while at < text.count {
                if text[at...].starts(with: end) {
                    statement.append(contentsOf: end)
                    at += end.count
                    return
                }
                statement.append(text[at])
                at += 1
            }
            throw SealFailure(.maskRefused, "a text of the mask has no end")
        }

        private static func trimmed(_ scalars: String.UnicodeScalarView) -> String? {
            let rest = scalars.drop(while: \.properties.isWhitespace)
            guard let end = rest.lastIndex(where: { !$0.properties.isWhitespace }) else { return nil }
            return String(rest[...end])
        }
    }
}
