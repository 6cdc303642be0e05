import ArgumentParser
import Glibc

/// The command line.
@main
struct Understudy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understudy",
        abstract: "Runs test suites against fresh copies of production volumes on DC/OS.",
        version: VersionCommand.version,
        // Every subcommand, in the order in which the help lists them.
        subcommands: [
            SchedulerCommand.self,
            SettingsCommand.self,
            DoctorCommand.self,
            UninstallCommand.self,
            RunCommand.self,
            RunsCommand.self,
            ShowCommand.self,
            LogsCommand.self,
            ExplainCommand.self,
            LoginCommand.self,
            ReleaseCommand.self,
            KeepCommand.self,
            ExtendCommand.self,
            OpenCommand.self,
            ResetCommand.self,
            SourcesCommand.self,
            SourceCommand.self,
            SnapshotsCommand.self,
            SweepCommand.self,
            ResetFrameworkCommand.self,
            CQLCommand.self,
            DemoCommand.self,
            StandInCommand.self,
            VersionCommand.self,
        ]
    )

    /// As ArgumentParser's own, but a mistake in the use exits with 2, as scripts expect; of `scheduler` with 64.
    static func main() async {
        switch Invocation.current {
        case .direct(let arguments):
            await run(Self.self, arguments, usage: arguments.first == "scheduler" ? nil : ExitCodes.usage)
        case .plugin(let call):
            if let refusal = call.arguments.first.flatMap(PluginCommand.refusal(of:)) {
                Output.standardError.line("dcos understudy: \(refusal)")
                exit(withError: ExitCodes.usage)
            }
            await run(PluginCommand.self, call.arguments, usage: ExitCodes.usage)
        }
    }

    /// Mistakes in the use exit with `usage`; nil for ArgumentParser's own status.
    private static func run(_ root: any ParsableCommand.Type, _ arguments: [String], usage: ExitCode?) async {
        do {
            var command = try root.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard let usage, root.exitCode(for: error) == .validationFailure else { root.exit(withError: error) }
            Output.standardError.line(root.fullMessage(for: error))
            root.exit(withError: usage)
        }
    }
}
