import ArgumentParser
import FoundationEssentials
import Glibc
import HTTPTransport

/// What an agent and its images have beside a database, for a machine that has no more than this program.
extension StandInCommand {
    /// Runs a command as the program `sh` of an image does.
    struct Shell: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sh",
            abstract: "Becomes one program, as sh -c does; what is more than words, quotes and variables is refused."
        )

        @Option(name: .customShort("c"), parsing: .unconditional, help: "The command.")
        var command: String

        func run() throws {
            let words: [String]
            do {
                words = try SimpleCommand(command, environmentVariable).words
            } catch {
                Output.standardError.line("sh (stand-in): \(error)")
                throw ExitCode(2)
            }
            var pointers = words.map { strdup($0) } + [nil]
            execvp(words[0], &pointers)
            let number = errno
            Output.standardError.line("sh (stand-in): \(words[0]): \(String(cString: strerror(number)))")
            throw ExitCode(number == ENOENT ? 127 : 126)
        }
    }

    /// Copies a volume's directory as Portworx does.
    struct Copy: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "copy",
            abstract: "Copies a directory of files that are one's own; of their attributes the modes alone."
        )

        @Argument(help: "What to copy.")
        var source: String

        @Argument(help: "Where to; nothing may be there.")
        var target: String

        func run() throws { try FileManager.default.copyItem(atPath: source, toPath: target) }
    }

    /// Fetches a task's file as an agent's fetcher does.
    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch",
            abstract: "Fetches a file by HTTP, as an agent's fetcher does."
        )

        private static let bytesMax = 64 << 20

        @Argument(help: "Where to put it; nothing may be there.")
        var path: String

        @Argument(help: "Where it is: http or https.")
        var url: String

        func run() async throws {
            do {
                try Data(try await body()).write(to: URL(filePath: path), options: .withoutOverwriting)
            } catch {
                Output.standardError.line("fetch (stand-in): \(error)")
                throw ExitCode(1)
            }
        }

        private func body() async throws -> [UInt8] {
            let request = HTTPRequest(url: url, limits: HTTPLimits(bodyBytes: Self.bytesMax))
            let http = try HTTPClient()
            let result: Result<HTTPResponse, any Error>
            do { result = .success(try await http.send(request)) } catch { result = .failure(error) }
            await http.shutdown()
            let response = try result.get()
            guard response.head.status == 200 else { throw DemoFault("\(url) was answered \(response.head.status)") }
            return response.body
        }
    }
}
