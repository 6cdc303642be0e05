import API
import Glibc

/// Standard output and standard error, unbuffered: a pipeline's log shows a phase when it happens.
struct Output: Sendable {
    /// For what was asked for.
    static let standardOutput = Output(descriptor: STDOUT_FILENO)
    /// For everything else.
    static let standardError = Output(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// Writes one JSON document, on one line.
    func json(_ value: some Encodable) throws {
        line(String(decoding: try APIJSON.bytes(value), as: UTF8.self))
    }

    /// Writes a table, its columns as wide as their widest cell.
    func table(_ head: [String], _ rows: [[String]]) {
        let table = [head] + rows
        let widths = head.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            line(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }

    /// Writes a line; what cannot be written is lost, since there is nobody to tell.
    func line(_ text: String) { write(text + "\n") }

    /// True for a terminal that can take a line back.
    var isTerminal: Bool {
        let kind = getenv("TERM").map { String(cString: $0) } ?? ""
        return isatty(descriptor) == 1 && !kind.isEmpty && kind != "dumb"
    }

    /// Of the terminal, as wide as it is now; 80 when it does not say.
    var columns: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes text as it is; what cannot be written is lost.
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
