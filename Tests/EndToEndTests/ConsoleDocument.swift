import Foundation

/// A document's `console` blocks: commands behind `$ `, and what they print.
struct ConsoleDocument {
    struct Command {
        let text: String
        /// What is shown below it; a line `…` stands for any number of lines.
        let shown: [String]
    }

    let commands: [Command]

    /// Reads one; the path is from the sources' folder on.
    init(_ path: String) throws {
        var commands: [Command] = []
        var current: (text: String, shown: [String])?
        var isInside = false
        func close() {
            if let current { commands.append(Command(text: current.text, shown: current.shown)) }
            current = nil
        }
        for line in try Self.lines(of: path) {
            if line.hasPrefix("```") {
                close()
                isInside = line == "```console"
            } else if isInside, line.hasPrefix("$ ") {
                close()
                current = (String(line.dropFirst(2)), [])
            } else if isInside {
                current?.shown.append(line)
            }
        }
        self.commands = commands
    }

    private static func lines(of path: String) throws -> [String] {
        try String(contentsOf: Stage.sources.appending(path: path), encoding: .utf8).components(separatedBy: "\n")
    }

    /// The lines of the first block behind a line that ends so.
    static func block(of path: String, behind words: String) throws -> [String] {
        let rest = try lines(of: path).drop { !$0.hasSuffix(words) }.drop { $0 != "```" }.dropFirst()
        return rest.prefix { $0 != "```" }.map(\.self)
    }

    /// What is another each time becomes the same: ids, ports, folders, times and sums.
    static func masked(_ text: String) -> String {
        let masks: [(String, String)] = [
            (#"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"#, "UUID"), (#"sha256 [0-9a-f]+"#, "SUM"),
            (#"\d{4}-\d{2}-\d{2}T[0-9:.]+Z"#, "TIME"), (#"127\.0\.0\.1:\d+"#, "ADDRESS"),
            (#"understudy-demo-\w+"#, "FOLDER"), (#"/tmp/understudy-test-\w+"#, "/tmp"),
            (#"(run |understudy[-.])[a-z0-9]{10}\b"#, "ID"),
            (#"\b[0-9]+(\.[0-9]+)?(ms|s|m)?\b"#, "N"), (#" +"#, " "),
        ]
        return masks.reduce(text) { text, mask in
            text.replacingOccurrences(of: mask.0, with: mask.1, options: .regularExpression)
        }
    }

    /// Whether what a command printed is what is shown.
    static func shows(_ shown: [String], _ printed: String) -> Bool {
        var lines = printed.split(separator: "\n", omittingEmptySubsequences: false).map { masked(String($0)) }[...]
        // The shell's own words about its jobs.
        lines = lines.filter { !$0.hasPrefix("[") || !$0.contains("Terminated") }[...]
        if lines.last == "" { lines = lines.dropLast() }
        var maySkip = false
        for line in shown.map({ masked($0) }) {
            if line == "…" {
                maySkip = true
                continue
            }
            guard let place = maySkip ? lines.firstIndex(of: line) : (lines.first == line ? lines.startIndex : nil)
            else {
                return false
            }
            lines = lines[(place + 1)...]
            maySkip = false
        }
        return lines.isEmpty || maySkip
    }
}
