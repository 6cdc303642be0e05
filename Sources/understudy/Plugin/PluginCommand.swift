import ArgumentParser

/// The command line `dcos understudy`: what speaks to a scheduler, and nothing that is one.
struct PluginCommand: AsyncParsableCommand {
    /// One line, which `dcos help` shows.
    static let info = "Run test suites against fresh copies of production volumes"

    static let configuration = CommandConfiguration(
        commandName: "dcos understudy",
        abstract: "\(info).",
        discussion: """
            Goes to the service through the cluster's Admin Router, as whoever is logged in to the DC/OS CLI. The service is \
            that of --name, else of 'dcos config set understudy.service_name NAME', else understudy.
            """,
        version: VersionCommand.version,
        subcommands: Understudy.configuration.subcommands.filter { refusal(of: $0) == nil }
    )

    @Option(help: "The service's name, also a foldered one: team/understudy. Stands before the subcommand.")
    var name: String?

    @Flag(help: "Print one line that says what this is.")
    var info = false

    func run() throws {
        guard info else { throw CleanExit.helpRequest(self) }
        Output.standardOutput.line(Self.info)
    }

    /// Why there is no such subcommand here; nil for one that there is, and for what is none anywhere.
    static func refusal(of name: String) -> String? {
        Understudy.configuration.subcommands.first { $0.configuration.commandName == name }.flatMap(refusal(of:))
    }

    private static func refusal(of command: any ParsableCommand.Type) -> String? {
        let name = command.configuration.commandName ?? ""
        return switch command {
        case is SchedulerCommand.Type:
            "'\(name)' is what DC/OS runs when the package is installed: dcos package install understudy"
        case is DoctorCommand.Type:
            "'\(name)' goes by the scheduler's own settings: the program by its own name has it, 'understudy \(name)'"
        case is DemoCommand.Type, is StandInCommand.Type:
            "'\(name)' needs no DC/OS: the program by its own name has it, 'understudy \(name)'"
        default: nil
        }
    }
}
