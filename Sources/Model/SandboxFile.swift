/// A file in a task's sandbox, as an agent's files API finds it: also after the task has ended.
///
/// - Source: `recordings/mesos/19-sandbox-files`.
public struct SandboxFile: Hashable, Sendable {
    /// The agent's address.
    public var host: String
    /// The agent's HTTP port.
    public var port: Int
    /// Whose task it is.
    public var framework: FrameworkID
    /// The pod's.
    public var executor: ExecutorID
    /// Whose sandbox it is.
    public var task: TaskID
    /// Inside the sandbox; see ``isPath(_:)``.
    public var path: String

    /// Wraps all of it.
    public init(
        host: String,
        port: Int,
        framework: FrameworkID,
        executor: ExecutorID,
        task: TaskID,
        path: String
    ) {
        self.host = host
        self.port = port
        self.framework = framework
        self.executor = executor
        self.task = task
        self.path = path
    }

    /// Longer than any report's path, shorter than what a file system refuses.
    public static let pathBytesMax = 1_024

    /// True for a relative path that leads nowhere but down, such as `out/report.xml`.
    ///
    /// - Parameter text: from outside.
    /// - Returns: false also for what is empty, too long, or holds a control character.
    public static func isPath(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= pathBytesMax && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}

/// A part of a file.
public struct FileChunk: Hashable, Sendable {
    /// As they are in the file.
    public var bytes: [UInt8]
    /// True when the file held no more at that moment.
    public var isEnd: Bool

    /// Wraps both.
    public init(bytes: [UInt8], isEnd: Bool) {
        self.bytes = bytes
        self.isEnd = isEnd
    }

    /// The bytes as text.
    ///
    /// What is no UTF-8 becomes U+FFFD, but a character that is cut at the end is left for the next read.
    ///
    /// - Parameter nothingFollows: the file will not grow: what is cut at its end stays so.
    /// - Returns: the text, and how many of the bytes it stands for.
    public func text(nothingFollows: Bool) -> (text: String, bytes: Int) {
        let cut = nothingFollows && isEnd ? 0 : Self.cutBytes(bytes)
        let whole = bytes.dropLast(cut)
        return (String(decoding: whole, as: UTF8.self), whole.count)
    }

    /// How many bytes at the end begin a character without ending it: 0…3.
    private static func cutBytes(_ bytes: [UInt8]) -> Int {
        for (index, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length =
                switch byte {
                case 0xC2...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xF4: 4
                default: 1
                }
            return length > index + 1 ? index + 1 : 0
        }
        return 0
    }
}
