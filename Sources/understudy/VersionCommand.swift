import ArgumentParser

/// Prints the version: `understudy version`.
struct VersionCommand: ParsableCommand {
    /// Of the command line, the API and the scheduler.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() { Output.standardOutput.line("understudy \(Self.version)") }
}
