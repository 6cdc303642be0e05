/// How this program was called: by its own name, or by the DC/OS CLI as its plugin `dcos understudy`.
enum Invocation: Equatable {
    /// By its own name, with these arguments.
    case direct([String])
    /// As a plugin.
    case plugin(PluginCall)

    /// Of this process.
    static let current = Invocation(CommandLine.arguments)

    /// The file name that the DC/OS CLI asks of a plugin for the command `understudy`.
    static let pluginProgram = "dcos-understudy"
    /// What users type after `dcos`; the CLI hands it on as the first argument.
    static let pluginCommand = "understudy"

    /// - Parameter arguments: all of them, the program's own name first.
    init(_ arguments: [String]) {
        let program = arguments.first?.split(separator: "/").last.map(String.init)
        let rest = Array(arguments.dropFirst())
        guard program == Self.pluginProgram else {
            self = .direct(program.flatMap(ImageProgram.init)?.arguments(rest, environmentVariable) ?? rest)
            return
        }
        self = .plugin(PluginCall(rest.first == Self.pluginCommand ? Array(rest.dropFirst()) : rest))
    }

    /// True for the plugin.
    var isPlugin: Bool {
        switch self {
        case .direct: false
        case .plugin: true
        }
    }
}

/// What users typed after `dcos understudy`.
struct PluginCall: Equatable {
    /// As given with `--name`; nil when it is not.
    let name: String?
    /// What is left.
    let arguments: [String]

    /// Takes `--name=NAME` or `--name NAME` out of what stands before the subcommand, whose own options follow it.
    init(_ arguments: [String]) {
        var name: String?
        var rest = arguments[...]
        var kept: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            rest.removeFirst()
            if word.hasPrefix("--name=") {
                name = String(word.dropFirst("--name=".count))
            } else if word == "--name", let value = rest.first {
                name = value
                rest.removeFirst()
            } else {
                kept.append(word)
            }
        }
        self.name = name
        self.arguments = kept + rest
    }
}
