public import Model

/// The end of what a failed suite said, kept with its run since the sandbox is deleted one day.
public struct SuiteOutput: Hashable, Codable, Sendable {
    /// The end of one stream.
    public struct Tail: Hashable, Codable, Sendable {
        /// What was kept; empty when nothing was said or read.
        public var text: String
        /// Where it begins in the stream, in bytes.
        public var from: Int64
        /// What the stream had in all, in bytes.
        public var size: Int64
        /// Why it could not be read; nil when it was.
        public var fault: String?
    }

    /// Whose words they are.
    public var attempt: Int
    /// The suite's standard output.
    public var stdout: Tail
    /// The suite's standard error.
    public var stderr: Tail

    /// The tail of one stream.
    public subscript(stream: OutputStream) -> Tail {
        switch stream {
        case .stdout: stdout
        case .stderr: stderr
        }
    }
}

/// What came of reading the ends of a suite's two streams.
public struct SuiteReading: Hashable, Sendable {
    /// The end of one stream, as it was read.
    public struct Part: Hashable, Sendable {
        /// The last of the file.
        public var bytes: [UInt8]
        /// What the file had in all.
        public var size: Int64

        /// Wraps both.
        public init(bytes: [UInt8], size: Int64) {
            self.bytes = bytes
            self.size = size
        }
    }

    /// How much of each stream is worth reading: all that could be kept.
    public static let bytesMax = 32 * 1_024

    /// The suite's standard output.
    public var stdout: Result<Part, ReadFault>
    /// The suite's standard error.
    public var stderr: Result<Part, ReadFault>

    /// Wraps both.
    public init(stdout: Result<Part, ReadFault>, stderr: Result<Part, ReadFault>) {
        self.stdout = stdout
        self.stderr = stderr
    }

    /// Why it may be worth to read again; nil when it is not.
    var transientFault: Fault? {
        for case .failure(let failure) in [stdout, stderr] where failure.fault.transient { return failure.fault }
        return nil
    }
}

extension SuiteOutput.Tail {
    /// What is kept of a stream.
    ///
    /// - Parameters:
    ///   - reading: the end of it, or why there is none.
    ///   - lines: at most so many, the last.
    ///   - recordBytes: what they may take as JSON.
    init(_ reading: Result<SuiteReading.Part, ReadFault>, lines: Int, recordBytes: Int) {
        switch reading {
        case .failure(let failure): self.init(text: "", from: 0, size: 0, fault: "\(failure.fault)")
        case .success(let part):
            let isWhole = part.size <= part.bytes.count
            var kept = part.bytes[...]
            // The line that the reading begins in the middle of.
            if !isWhole, let end = kept.firstIndex(of: lineFeed) { kept = kept[(end + 1)...] }
            kept = Self.last(lines, of: kept)
            var text = String(decoding: kept, as: UTF8.self)
            var size = Int64(kept.count)
            if text.jsonBytes > recordBytes {
                text = text.suffix(jsonBytes: recordBytes)
                size = Int64(text.utf8.count)
            }
            self.init(text: text, from: max(0, part.size - size), size: part.size)
        }
    }

    private static func last(_ lines: Int, of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var seen = 0
        // The last byte ends the last line and begins none.
        for index in bytes.indices.dropLast().reversed() where bytes[index] == lineFeed {
            seen += 1
            if seen == lines { return bytes[(index + 1)...] }
        }
        return bytes
    }
}

private let lineFeed = UInt8(ascii: "\n")

extension String {
    /// What the text takes in a record, without its quotes.
    var jsonBytes: Int { unicodeScalars.reduce(0) { $0 + $1.jsonBytes } }

    /// The end of it that takes no more than this in a record.
    fileprivate func suffix(jsonBytes limit: Int) -> String {
        var left = limit
        var start = unicodeScalars.endIndex
        for index in unicodeScalars.indices.reversed() {
            left -= unicodeScalars[index].jsonBytes
            guard left >= 0 else { break }
            start = index
        }
        return String(unicodeScalars[start...])
    }
}

extension Unicode.Scalar {
    /// No less than the encoder writes; slashes count as escaped, whether they are or not.
    fileprivate var jsonBytes: Int {
        switch self {
        case "\"", "\\", "/", "\n", "\r", "\t", "\u{8}", "\u{c}": 2
        case "\u{0}"..."\u{1f}", "\u{7f}": 6
        default: UTF8.width(self)
        }
    }
}

extension Run {
    /// True while the end of its suite's output is to be read.
    var wantsOutput: Bool {
        result == .failed && output == nil && attempt.map { $0.suite != nil && $0.agentPort != nil } ?? false
    }
}

extension RunSpec {
    /// What the parts without a narrow limit of their own take in a record.
    var jsonBytes: Int {
        guard let suite else { return 0 }
        return suite.environment.reduce(suite.command.jsonBytes) { $0 + $1.key.jsonBytes + ($1.value?.jsonBytes ?? 0) }
    }
}
