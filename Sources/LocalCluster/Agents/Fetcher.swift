import Glibc

/// Fetches files into a sandbox before its task starts, by a program of its own as on an agent.
struct Fetcher {
    /// The program and its first arguments; path, `--` and URL follow.
    let command: [String]
    /// A folder of the agent's, of files by the digits of their URLs.
    let cache: String

    /// - Throws: for a file that cannot be had, with what a real agent says.
    func fetch(_ file: TaskDescription.Fetched, into sandbox: String) async throws {
        guard !file.name.isEmpty, !file.name.contains("/"), file.name != ".." else {
            throw ChildProcess.StartFault(description: "a fetched file cannot be called '\(file.name.prefix(100))'")
        }
        let path = "\(sandbox)/\(file.name)"
        let kept = "\(cache)/\(Self.digits(of: file.url))"
        if file.isCached, link(kept, path) == 0 { return }
        let url = file.url.hasPrefix("/") ? "file://\(file.url)" : file.url
        let process = try ChildProcess(
            command.first ?? "",
            command.dropFirst() + [path, "--", url],
            environment: swiftRuntime(),
            output: .files(output: "/dev/null", error: "\(sandbox)/stderr")
        )
        guard await process.wait() == .exited(0), !file.isExecutable || chmod(path, 0o755) == 0 else {
            throw ChildProcess.StartFault(
                description: "Failed to launch container: Failed to fetch all URIs for container: \(file.url)"
            )
        }
        guard file.isCached else { return }
        mkdir(cache, 0o700)
        // Kept under its name only when it is whole; whoever was first keeps it.
        link(path, kept)
    }

    /// FNV-1a: a cache's name, and no more than that.
    private static func digits(of url: String) -> String {
        String(
            url.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 },
            radix: 16
        )
    }
}
