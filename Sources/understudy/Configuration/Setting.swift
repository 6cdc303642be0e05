/// One thing that the scheduler can be told: the row of the table that everything about settings comes from.
///
/// The help of `scheduler`, `docs/configuration.md`, `universe/config.json` and the environment in its template are made
/// from these rows, or held against them by tests.
struct Setting: Hashable, Sendable {
    /// What a value has to be; each says so in words.
    enum Kind: Hashable, Sendable {
        /// Any text, in words of what it is.
        case text(String)
        /// A path of a file, or for the variable alone its content.
        case file
        /// A length of time such as `90s`, `30m`, `2w`.
        case span(ClosedRange<Int>)
        /// A whole number.
        case integer(ClosedRange<Int>)
        /// `true` or `false`; as a flag it stands alone.
        case boolean
        /// One of these words.
        case choice([String])
    }

    /// Under which heading it is found, in the documents and in the package's options.
    enum Group: String, CaseIterable, Sendable {
        case service, mesos, portworx, sources, limits, api, state
    }

    /// Of the flag, without its hyphens.
    let name: String
    let kind: Kind
    /// As it would be given; nil for none.
    let fallback: String?
    /// What the default is where it is no constant.
    let fallbackWords: String?
    let isRequired: Bool
    /// True for what names a secret: such a value, or the file's content, is never shown.
    let isSecret: Bool
    let group: Group
    /// Of the package's option in its group; nil for what the package sets by itself.
    let option: String?
    /// One sentence.
    let summary: String

    init(
        _ name: String,
        _ kind: Kind,
        _ group: Group,
        option: String?,
        fallback: String? = nil,
        fallbackWords: String? = nil,
        isRequired: Bool = false,
        isSecret: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.group = group
        self.option = option
        self.fallback = fallback
        self.fallbackWords = fallbackWords
        self.isRequired = isRequired
        self.isSecret = isSecret
        self.summary = summary
    }

    /// `UNDERSTUDY_STATE_SESSION` for `state-session`.
    var variable: String { "UNDERSTUDY_" + name.uppercased().map { $0 == "-" ? "_" : $0 } }

    /// As the package's users know it, `mesos.role`; nil for what the package sets by itself.
    var optionPath: String? { option.map { "\(group.rawValue).\($0)" } }

    /// What a good value is.
    var form: String {
        switch kind {
        case .text(let words): words
        case .file: "a file"
        case .span(let range):
            "a length of time such as 90s, 30m or 2w, \(Self.span(range.lowerBound)) to \(Self.span(range.upperBound))"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): words.joined(separator: ", ")
        }
    }

    /// What the help says: the sentence and the default.
    var help: String {
        guard let words = fallbackWords ?? fallback else { return summary }
        return "\(summary) (default: \(words))"
    }

    /// In the largest unit that it is a whole number of.
    static func span(_ seconds: Int) -> String {
        for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)]
        where seconds >= length && seconds.isMultiple(of: length) {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}
