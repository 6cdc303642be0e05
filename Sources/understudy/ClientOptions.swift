import API
import ArgumentParser
import HTTPTransport

/// What every command that speaks to a scheduler takes.
struct ClientOptions: ParsableArguments {
    private static let urlDefault = "http://127.0.0.1:8642"

    /// A plugin goes where the DC/OS CLI is set up to, as whoever is logged in to it.
    private static var directOnly: ArgumentVisibility { Invocation.current.isPlugin ? .private : .default }

    @Option(
        help: ArgumentHelp(
            """
            The scheduler's address, or several with commas between them where it may move. \
            (default: $UNDERSTUDY_URL, or \(urlDefault))
            """,
            visibility: directOnly
        )
    )
    var url: String?

    @Option(
        help: ArgumentHelp(
            "A file that holds the token. (default: $UNDERSTUDY_TOKEN_FILE, or the token itself in $UNDERSTUDY_TOKEN)",
            valueName: "file",
            visibility: directOnly
        )
    )
    var tokenFile: String?

    @Flag(help: "Print JSON instead of text.")
    var json = false

    private var address: String { url ?? environmentVariable("UNDERSTUDY_URL") ?? Self.urlDefault }

    /// Opens a client for as long as `body` takes; prints what went wrong and exits by it.
    func withClient<Value>(_ body: (APIClient) async throws -> Value) async throws -> Value {
        let client: APIClient
        do {
            client = try makeClient()
        } catch let error as APIError {
            throw reported(error)
        } catch let error as ValidationError {
            throw error
        } catch {
            Output.standardError.line("understudy: \(error)")
            throw ExitCodes.infrastructure
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(client))
        } catch let error as APIError {
            result = .failure(reported(error, at: client.url))
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return try result.get()
    }

    private func makeClient() throws -> APIClient {
        switch Invocation.current {
        case .direct:
            let token = try ClientToken.read(file: tokenFile, environment: environmentVariable)
            return try APIClient(url: address, http: HTTPClient(), token: token)
        case .plugin(let call):
            guard url == nil, tokenFile == nil else {
                throw ValidationError(
                    "--url and --token-file are for 'understudy' by its own name: here --name=NAME, before the "
                        + "subcommand, says which service, and the DC/OS CLI who is logged in"
                )
            }
            return try PluginEnvironment(call, environmentVariable).client()
        }
    }
}

/// Prints why a call did not succeed.
///
/// - Parameters:
///   - error: the reason.
///   - url: where the scheduler should be; nil when no call was made.
/// - Returns: the exit code for it.
func reported(_ error: APIError, at url: String? = nil) -> ExitCode {
    var place = ""
    if case .unreachable = error.kind, let url { place = "no answer from the scheduler at \(url): " }
    Output.standardError.line("understudy: \(place)\(error)")
    if let advice = error.advice(isPlugin: Invocation.current.isPlugin) {
        Output.standardError.line("understudy: \(advice)")
    }
    return ExitCodes.code(for: error)
}
