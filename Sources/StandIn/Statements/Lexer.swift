import CQL

/// One word, number, text or sign of a statement.
enum Token: Hashable {
    /// In lower case: keywords and names are the same until the grammar tells.
    case word(String)
    /// `"Name"`, never a keyword.
    case quoted(String)
    /// `'text'` or `$$text$$`.
    case text(String)
    /// As written; with a point or an exponent it is no integer.
    case number(String)
    case uuid(CQLUUID)
    case blob([UInt8])
    /// `?`
    case mark
    /// `:name`
    case namedMark(String)
    case sign(String)
    case end

    /// As in an error.
    var description: String {
        switch self {
        case .word(let word): word
        case .quoted(let name): "\"\(name)\""
        case .text(let text): "'\(text.prefix(40))'"
        case .number(let number): number
        case .uuid(let uuid): uuid.description
        case .blob: "a blob"
        case .mark: "?"
        case .namedMark(let name): ":\(name)"
        case .sign(let sign): sign
        case .end: "the end of the statement"
        }
    }
}

/// Cuts a statement into tokens.
///
/// - Source: the CQL reference of Cassandra 3.11, "Definitions".
struct Lexer {
    private let characters: [Unicode.Scalar]
    private var position = 0

    /// - Throws: `syntax` for what is no token.
    static func tokens(of statement: String) throws(ErrorMessage) -> [Token] {
        var lexer = Lexer(characters: Array(statement.unicodeScalars))
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            guard token != .end else { return tokens }
        }
    }

    private init(characters: [Unicode.Scalar]) { self.characters = characters }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < characters.count ? characters[position + ahead] : nil
    }

    private mutating func take(while isSo: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let character = peek(), isSo(character) {
            text.append(character)
            position += 1
        }
        return String(text)
    }

    private mutating func next() throws(ErrorMessage) -> Token {
        try skipBlanks()
        guard let character = peek() else { return .end }
        switch character {
        case "'": return .text(try enclosed("'"))
        case "\"": return .quoted(try enclosed("\""))
        case "$" where peek(1) == "$": return .text(try dollars())
        case "?":
            position += 1
            return .mark
        case ":" where peek(1)?.isNameStart ?? false:
            position += 1
            return .namedMark(take { $0.isNamePart }.lowercased())
        default: break
        }
        if let uuid = uuid() { return .uuid(uuid) }
        if character.isDigit || character == "-" && (peek(1)?.isDigit ?? false) { return try number() }
        if character.isNameStart { return .word(take { $0.isNamePart }.lowercased()) }
        for sign in ["<=", ">=", "!="] where String(character) + String(peek(1) ?? " ") == sign {
            position += 2
            return .sign(sign)
        }
        guard "(){}[],;:.*=<>+-".unicodeScalars.contains(character) else {
            throw ErrorMessage(.syntax, "no viable alternative at character '\(character)'")
        }
        position += 1
        return .sign(String(character))
    }

    private mutating func skipBlanks() throws(ErrorMessage) {
        while let character = peek() {
            let isLineComment = character == "-" && peek(1) == "-" || character == "/" && peek(1) == "/"
            if character.properties.isWhitespace {
                position += 1
            } else if isLineComment {
                _ = take { $0 != "\n" }
            } else if character == "/", peek(1) == "*" {
                position += 2
                while !(peek() == "*" && peek(1) == "/") {
                    guard peek() != nil else { throw ErrorMessage(.syntax, "a comment has no end") }
                    position += 1
                }
                position += 2
            } else {
                return
            }
        }
    }

    /// What stands between two quotes; a quote in it is doubled.
    private mutating func enclosed(_ quote: Unicode.Scalar) throws(ErrorMessage) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let character = peek() {
            position += 1
            if character == quote {
                guard peek() == quote else { return String(text) }
                position += 1
            }
            text.append(character)
        }
        throw ErrorMessage(.syntax, "a text that begins with \(quote) has no end")
    }

    private mutating func dollars() throws(ErrorMessage) -> String {
        position += 2
        var text = String.UnicodeScalarView()
        while let character = peek() {
            if character == "$", peek(1) == "$" {
                position += 2
                return String(text)
            }
            text.append(character)
            position += 1
        }
        throw ErrorMessage(.syntax, "a text that begins with $$ has no end")
    }

    private mutating func uuid() -> CQLUUID? {
        let length = 36
        guard position + length <= characters.count, characters[position].properties.isASCIIHexDigit else { return nil }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: characters[position..<position + length])
        guard let uuid = CQLUUID(String(text)), !(peek(length)?.isNamePart ?? false) else { return nil }
        position += length
        return uuid
    }

    private mutating func number() throws(ErrorMessage) -> Token {
        if peek() == "0", peek(1) == "x" || peek(1) == "X" {
            position += 2
            let digits = take { $0.properties.isASCIIHexDigit }
            guard digits.count.isMultiple(of: 2) else { throw ErrorMessage(.syntax, "a blob has two digits a byte") }
            let values = digits.compactMap { $0.hexDigitValue.map(UInt8.init) }
            return .blob(stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] })
        }
        var text = ""
        if peek() == "-" {
            text = "-"
            position += 1
        }
        text += take { $0.isDigit }
        if peek() == ".", peek(1)?.isDigit ?? false {
            position += 1
            text += "." + take { $0.isDigit }
        }
        let signs = peek(1) == "-" || peek(1) == "+" ? 1 : 0
        if peek() == "e" || peek() == "E", peek(1 + signs)?.isDigit ?? false {
            text += "e" + (signs == 1 ? String(characters[position + 1]) : "")
            position += 1 + signs
            text += take { $0.isDigit }
        }
        guard !(peek()?.isNameStart ?? false) else { throw ErrorMessage(.syntax, "\(text) is followed by a letter") }
        return .number(text)
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isNameStart: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
    fileprivate var isNamePart: Bool { isNameStart || isDigit || self == "_" }
}
