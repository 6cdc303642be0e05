import ArgumentParser
import FoundationEssentials

/// The command `understudy settings`.
struct SettingsCommand: ParsableCommand {
    /// How they are written down.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Lists what the scheduler can be told: flags, variables, package options, defaults and ranges."
    )

    @Option(help: "text, json, or markdown, which docs/configuration.md is made of.")
    var format = Form.text

    func run() throws {
        switch format {
        case .text: Output.standardOutput.line(Self.text)
        case .json: Output.standardOutput.line(try Self.json())
        case .markdown: Output.standardOutput.line(Self.markdown)
        }
    }

    private static var text: String {
        Setting.all.map { setting in
            let names = ["--\(setting.name)", setting.variable, setting.optionPath].compactMap(\.self)
            return "\(names.joined(separator: "  "))\n    \(setting.help)\n    It is \(setting.form)."
        }.joined(separator: "\n")
    }

    /// One object with `settings`, in the table's order; every field in each, null where there is none.
    static func json() throws -> String {
        struct Row: Encodable {
            let setting: Setting

            enum Key: String, CodingKey {
                case name, flag, variable, group, option, kind, form, choices, minimum, maximum
                case fallback = "default"
                case required, secret, summary
            }

            func encode(to encoder: any Encoder) throws {
                var row = encoder.container(keyedBy: Key.self)
                try row.encode(setting.name, forKey: .name)
                try row.encode("--\(setting.name)", forKey: .flag)
                try row.encode(setting.variable, forKey: .variable)
                try row.encode(setting.group.rawValue, forKey: .group)
                try row.encode(setting.optionPath, forKey: .option)
                try row.encode(setting.kind.word, forKey: .kind)
                try row.encode(setting.form, forKey: .form)
                try row.encode(setting.kind.choices, forKey: .choices)
                try row.encode(setting.kind.range?.lowerBound, forKey: .minimum)
                try row.encode(setting.kind.range?.upperBound, forKey: .maximum)
                try row.encode(setting.fallback, forKey: .fallback)
                try row.encode(setting.isRequired, forKey: .required)
                try row.encode(setting.isSecret, forKey: .secret)
                try row.encode(setting.summary, forKey: .summary)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(["settings": Setting.all.map(Row.init)]), as: UTF8.self)
    }

    /// `docs/configuration.md`, all of it.
    static var markdown: String {
        var lines = [
            "# Settings of the scheduler",
            "",
            "Made by `understudy settings --format markdown` from the table in the code; a test holds it against that.",
            "",
            "A flag counts more than its environment variable, that more than the default. The third name is the option",
            "of the Universe package. A *secret* names a file, whose content is",
            "never shown. Wrong settings are listed all at once, and the scheduler exits with 78 (64 when some are only",
            "missing).",
        ]
        for group in Setting.Group.allCases {
            lines += ["", "## \(group.rawValue)", "", "| setting | is | default |", "|---|---|---|"]
            for setting in Setting.all where setting.group == group {
                let names = ["`--\(setting.name)`", "`\(setting.variable)`", setting.optionPath.map { "`\($0)`" }]
                var words = plain(setting.summary)
                switch setting.kind {
                case .span, .integer, .choice, .text: words += plain(" It is \(setting.form).")
                case .file, .boolean: break
                }
                if setting.isSecret { words += " *Secret.*" }
                let fallback = setting.fallback.map { "`\($0)`" } ?? setting.fallbackWords
                let row = [names.compactMap(\.self).joined(separator: "<br>"), words, fallback ?? "required"]
                lines.append("| " + row.map(cell).joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A bar would end the cell.
    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    /// A lone star, as in "* is everybody", is no emphasis.
    private static func plain(_ text: String) -> String { text.replacing("*", with: "\\*") }
}

extension Setting.Kind {
    fileprivate var word: String {
        switch self {
        case .text: "text"
        case .file: "file"
        case .span: "span"
        case .integer: "integer"
        case .boolean: "boolean"
        case .choice: "choice"
        }
    }

    fileprivate var choices: [String]? {
        guard case .choice(let words) = self else { return nil }
        return words
    }

    fileprivate var range: ClosedRange<Int>? {
        switch self {
        case .span(let range), .integer(let range): range
        case .text, .file, .boolean, .choice: nil
        }
    }
}
