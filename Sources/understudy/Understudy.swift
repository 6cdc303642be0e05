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
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard arguments.first != "scheduler", exitCode(for: error) == .validationFailure else {
                exit(withError: error)
            }
            Output.standardError.line(fullMessage(for: error))
            exit(withError: ExitCodes.usage)
        }
    }
}
