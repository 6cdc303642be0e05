import Model
import Synchronization

/// A suite's lines among ours, each with a mark, so that nobody takes one for the other.
///
/// What the suite says is shown as it is, as `docker logs` would: whoever asked for the run chose the suite.
final class MarkedLines: Sendable {
    static let mark = "  | "
    /// A longer line is shown in pieces: it would be held back for ever otherwise.
    private static let lineCharactersMax = 16 * 1_024

    private let say: @Sendable (String) -> Void
    /// By stream: the beginning of a line.
    private let begun = Mutex<[OutputStream: String]>([:])

    /// Says each line without its end.
    init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    func write(_ stream: OutputStream, _ text: String) {
        let lines = begun.withLock { begun in
            // By scalars: a carriage return and a line feed are one character.
            var parts = ((begun[stream] ?? "") + text).unicodeScalars
                .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
            begun[stream] = parts.popLast()
            if let rest = begun[stream], rest.unicodeScalars.count > Self.lineCharactersMax {
                parts.append(rest)
                begun[stream] = nil
            }
            return parts
        }
        lines.forEach(line)
    }

    /// Shows what has no end yet.
    func flush() {
        let rest = begun.withLock { begun in
            defer { begun = [:] }
            return OutputStream.allCases.compactMap { begun[$0] }.filter { !$0.isEmpty }
        }
        rest.forEach(line)
    }

    private func line(_ text: String) {
        say(Self.mark + (text.unicodeScalars.last == "\r" ? String(text.unicodeScalars.dropLast()) : text))
    }
}
