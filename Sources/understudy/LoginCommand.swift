import API
import ArgumentParser
import Model

/// Writes where a run's copy answers, and who may log in: `understudy login RUN --env-file F`.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Writes the endpoint and the login of a run that is ready into a dotenv file.",
        discussion: "The password is printed nowhere: the file is its owner's alone."
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @Option(help: "The dotenv file to write.")
    var envFile: String

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let file: EndpointFile
        do { file = try EndpointFile(envFile) } catch { throw ValidationError("--env-file: \(error)") }
        let (view, fault) = try await client.withClient { api in
            let view = try await api.run(run)
            return (view, await file.see(view, api))
        }
        if let fault {
            Output.standardError.line("understudy: --env-file: \(fault)")
            throw ExitCodes.infrastructure
        }
        guard view.endpoint != nil else {
            Output.standardError.line("understudy: run \(run) is \(view.phase.rawValue), and answers nowhere")
            throw ExitCodes.infrastructure
        }
        try client.say(view) { _ in "run \(run): \(envFile) says where it answers" }
    }
}
