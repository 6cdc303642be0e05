/// One simple command of a shell's: words, quotes and variables, and nothing else of the language.
///
/// What a shell would understand and this does not is refused, so that no command ever does less than it says.
struct SimpleCommand: Equatable {
    /// Why a text is none.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The program first, at least that.
    let words: [String]

    /// - Parameters:
    ///   - text: as for `sh -c`.
    ///   - variable: of the environment; one that is not set is empty.
    /// - Throws: ``Fault``, which names what needs a real shell.
    init(_ text: String, _ variable: @escaping (String) -> String?) throws(Fault) {
        var reader = Reader(text: text[...], variable: variable)
        var words = try reader.words()
        // Whoever runs this becomes the command anyway.
        if words.first == "exec" { words.removeFirst() }
        guard let program = words.first else { throw Fault(description: "there is no command in '\(text)'") }
        guard !program.contains("=") else { throw Fault(description: "an assignment needs a real shell: \(program)") }
        self.words = words
    }

    private struct Reader {
        /// Of the shell's own meaning outside of quotes.
        private static let operators: Set<Character> = [
            "|", "&", ";", "<", ">", "(", ")", "*", "?", "[", "]", "{", "}", "#", "~", "`", "!", "\\", "\n",
        ]

        var text: Substring
        let variable: (String) -> String?

        mutating func words() throws(Fault) -> [String] {
            var words: [String] = []
            /// nil between two words.
            var word: String?
            while let character = text.popFirst() {
                switch character {
                case " ", "\t":
                    if let finished = word { words.append(finished) }
                    word = nil
                case "'": word = try (word ?? "") + quoted()
                case "\"": word = try (word ?? "") + doublyQuoted()
                case "$":
                    let value = try value()
                    guard !value.contains(where: { $0.isWhitespace || Self.operators.contains($0) }) else {
                        throw Fault(description: "a variable with blanks in it belongs into double quotes")
                    }
                    if !value.isEmpty { word = (word ?? "") + value }
                case let other where Self.operators.contains(other):
                    throw Fault(description: "\(other == "\n" ? "a line's end" : "'\(other)'") needs a real shell")
                default: word = (word ?? "") + String(character)
                }
            }
            return words + (word.map { [$0] } ?? [])
        }

        private mutating func quoted() throws(Fault) -> String {
            guard let end = text.firstIndex(of: "'") else { throw Fault(description: "a ' is never closed") }
            defer { text = text[text.index(after: end)...] }
            return String(text[..<end])
        }

        private mutating func doublyQuoted() throws(Fault) -> String {
            var word = ""
            while let character = text.popFirst() {
                switch character {
                case "\"": return word
                case "$": word += try value()
                case "\\", "`": throw Fault(description: "'\(character)' in double quotes needs a real shell")
                default: word.append(character)
                }
            }
            throw Fault(description: "a \" is never closed")
        }

        /// Of `$NAME` or `${NAME}`.
        private mutating func value() throws(Fault) -> String {
            let isBraced = text.first == "{"
            if isBraced { text.removeFirst() }
            let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            text = text.dropFirst(name.count)
            let isClosed = !isBraced || text.popFirst() == "}"
            guard isClosed, let first = name.first, !first.isNumber else {
                throw Fault(description: "after a $ more than a variable's name needs a real shell")
            }
            return variable(String(name)) ?? ""
        }
    }
}
