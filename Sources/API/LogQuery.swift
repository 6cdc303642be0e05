public import Model

/// What `GET /v1/runs/{id}/logs` can be asked.
public struct LogQuery: Hashable, Sendable {
    /// Whose words.
    public var task: OutputTask
    /// Which of its two streams.
    public var stream: OutputStream
    /// From where on, in bytes.
    public var offset: Int64
    /// How many bytes at most; see ``bytes``.
    public var limit: Int
    /// Which launch of the run; nil for the last.
    public var attempt: Int?

    /// Wraps all of it.
    public init(
        task: OutputTask = .suite,
        stream: OutputStream = .stdout,
        offset: Int64 = 0,
        limit: Int = bytesDefault,
        attempt: Int? = nil
    ) {
        self.task = task
        self.stream = stream
        self.offset = offset
        self.limit = limit
        self.attempt = attempt
    }

    /// Of one answer: enough for any character, and little enough for many callers at once.
    public static let bytes: ClosedRange<Int> = 4...(256 * 1_024)
    /// Of one answer when nobody says: what an agent gives in one read.
    public static let bytesDefault = 64 * 1_024
    /// The names of the parameters.
    public static let parameterNames = ["task", "stream", "offset", "limit", "attempt"]

    /// Reads the part of a URL behind the `?`.
    ///
    /// - Parameter text: without the `?`; empty for none.
    /// - Returns: the query, with its defaults where the text says nothing.
    /// - Throws: `api.unknown_field` or `api.bad_value`, with the parameter as the field.
    public static func read(_ text: some StringProtocol) throws(APIError) -> LogQuery {
        let parameters = try QueryParameters(text, known: parameterNames)
        var query = LogQuery()
        query.task = try parameters.word("task") ?? query.task
        query.stream = try parameters.word("stream") ?? query.stream
        query.offset = try parameters.number("offset", in: 0...Int64.max / 2) ?? query.offset
        query.limit = try parameters.number("limit", in: bytes) ?? query.limit
        query.attempt = try parameters.number("attempt", in: 1...1_000_000)
        return query
    }

    /// As it stands behind the `?`.
    public var text: String {
        var pieces = ["task=\(task.rawValue)", "stream=\(stream.rawValue)", "offset=\(offset)", "limit=\(limit)"]
        if let attempt { pieces.append("attempt=\(attempt)") }
        return pieces.joined(separator: "&")
    }
}

/// What `GET /v1/runs/{id}/files` can be asked.
public struct FileQuery: Hashable, Sendable {
    /// Inside the suite's sandbox.
    public var path: String

    /// Wraps it.
    public init(path: String) { self.path = path }

    /// Of a report with tens of thousands of cases.
    public static let bytesMax = 8 << 20
    /// The names of the parameters.
    public static let parameterNames = ["path"]

    /// Reads the part of a URL behind the `?`.
    ///
    /// - Parameter text: without the `?`.
    /// - Returns: the query.
    /// - Throws: `api.unknown_field`, `api.missing_field` or `api.bad_value`, with the parameter as the field.
    public static func read(_ text: some StringProtocol) throws(APIError) -> FileQuery {
        let parameters = try QueryParameters(text, known: parameterNames)
        guard let path = try parameters.text("path") else {
            throw APIError(.invalid, .missingField, "which file is not said", field: "path")
        }
        guard SandboxFile.isPath(path) else {
            throw parameters.bad("path", "a path inside the suite's sandbox, such as out/report.xml")
        }
        return FileQuery(path: path)
    }

    /// As it stands behind the `?`.
    public var text: String { "path=\(percentEncoded(path))" }
}
