import Model

/// What is wrong with one setting, and what would be right.
struct SettingProblem: Hashable, Sendable, CustomStringConvertible {
    let setting: Setting
    /// After the setting's name: `has to be …`.
    let message: String
    /// True when it is required and not given.
    let isMissing: Bool

    /// By every name that whoever has to mend it may know it by.
    var description: String {
        let option = setting.optionPath.map { "; in the package \($0)" } ?? ""
        return "--\(setting.name) \(message) (\(setting.variable)\(option))"
    }
}

/// Reads settings from flags, then the environment, then the table's defaults, and collects every problem.
///
/// Each read gives a value in range; where there was a problem that is the default, which nobody uses then.
struct SettingReader {
    private let given: [String: String]
    private let environment: (String) -> String?
    private(set) var problems: [SettingProblem] = []

    /// - Parameters:
    ///   - given: values of flags, by the settings' names.
    ///   - environment: a variable by its name; nil for one that is not set or empty.
    init(given: [String: String], environment: @escaping (String) -> String?) {
        self.given = given
        self.environment = environment
    }

    mutating func refuse(_ setting: Setting, _ message: String, isMissing: Bool = false) {
        problems.append(SettingProblem(setting: setting, message: message, isMissing: isMissing))
    }

    /// As it was given; nil when it was not, whatever the default.
    func raw(_ setting: Setting) -> String? { given[setting.name] ?? environment(setting.variable) }

    /// Of the environment that Marathon and Mesos give.
    func surrounding(_ name: String) -> String? { environment(name) }

    mutating func text(_ setting: Setting) -> String? {
        if let text = raw(setting) { return text }
        if setting.isRequired { refuse(setting, "is missing: it is \(setting.form)", isMissing: true) }
        return setting.fallback
    }

    /// A text that is then read as something; nil also when there was a problem, which is noted.
    mutating func read<Value, Problem: Error & CustomStringConvertible>(
        _ setting: Setting,
        _ parse: (String) throws(Problem) -> Value
    ) -> Value? {
        guard let text = text(setting) else { return nil }
        do throws(Problem) { return try parse(text) } catch {
            refuse(setting, "\(error)")
            return nil
        }
    }

    mutating func span(_ setting: Setting) -> Span {
        guard case .span(let range) = setting.kind else { preconditionFailure("\(setting.name) is no length of time") }
        let least = Span.seconds(Int64(range.lowerBound))
        guard let text = text(setting) else { return least }
        guard let span = Span(text), (least...Span.seconds(Int64(range.upperBound))).contains(span) else {
            refuse(setting, "has to be \(setting.form), not \(text.prefix(40))")
            return least
        }
        return span
    }

    mutating func integer(_ setting: Setting) -> Int {
        guard case .integer(let range) = setting.kind else { preconditionFailure("\(setting.name) is no number") }
        guard let text = text(setting) else { return range.lowerBound }
        guard let number = Int(text), range.contains(number) else {
            refuse(setting, "has to be \(setting.form), not \(text.prefix(40))")
            return range.lowerBound
        }
        return number
    }

    mutating func boolean(_ setting: Setting) -> Bool {
        switch text(setting) {
        case "1", "true": return true
        case "0", "false", nil: return false
        case .some(let text):
            refuse(setting, "has to be true or false, not \(text.prefix(40))")
            return false
        }
    }

    mutating func choice(_ setting: Setting) -> String {
        guard case .choice(let words) = setting.kind, let first = words.first else {
            preconditionFailure("\(setting.name) is no choice")
        }
        guard let text = text(setting) else { return first }
        guard words.contains(text) else {
            refuse(setting, "has to be one of \(setting.form), not \(text.prefix(40))")
            return first
        }
        return text
    }

    /// A file's path; one that is relative is also looked for in the task's sandbox, where secrets are put.
    ///
    /// - Parameters:
    ///   - setting: which.
    ///   - variable: of another one's making, which counts when the setting is not given.
    ///   - exists: true for a path that can be read.
    /// - Returns: nil when nothing was given.
    func path(_ setting: Setting, or variable: String? = nil, exists: (String) -> Bool) -> String? {
        let given = raw(setting) ?? variable.flatMap(environment)
        guard let path = given, !path.hasPrefix("/"), let sandbox = environment("MESOS_SANDBOX") else { return given }
        let inSandbox = "\(sandbox)/\(path)"
        return exists(inSandbox) ? inSandbox : path
    }
}
