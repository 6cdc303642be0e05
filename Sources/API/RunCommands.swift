public import Model

/// What `POST /v1/runs/{id}/keep` and `…/extend` ask for.
public struct LeaseRequest: Hashable, Encodable, Sendable {
    static let fieldNames = ["lease"]

    /// From now on.
    public var lease: Span

    /// Wraps it.
    public init(lease: Span) { self.lease = lease }

    /// Reads a request body, strictly.
    ///
    /// - Throws: as ``RunRequest/read(_:)``.
    public static func read(_ bytes: [UInt8]) throws(APIError) -> LeaseRequest {
        let fields = try FieldReader(body: bytes, known: fieldNames)
        return LeaseRequest(
            lease: try fields.required(fields.span("lease", from: RequestLimits.lease.lowerBound), "lease")
        )
    }
}

/// What `POST /v1/runs/{id}/open` asks for: a service run on the kept clone of an ended run.
public struct OpenRequest: Hashable, Encodable, Sendable {
    static let fieldNames = ["key", "lease"]

    /// As in ``RunRequest/key``.
    public var key: String?
    /// nil for the source's default.
    public var lease: Span?

    /// Wraps both.
    public init(key: String? = nil, lease: Span? = nil) {
        self.key = key
        self.lease = lease
    }

    /// Reads a request body, strictly; an empty one asks for nothing special.
    ///
    /// - Throws: as ``RunRequest/read(_:)``.
    public static func read(_ bytes: [UInt8]) throws(APIError) -> OpenRequest {
        guard !bytes.isEmpty else { return OpenRequest() }
        let fields = try FieldReader(body: bytes, known: fieldNames)
        return OpenRequest(
            key: try fields.key(),
            lease: try fields.span("lease", from: RequestLimits.lease.lowerBound)
        )
    }
}

/// The body of a request that says all in its path.
public enum EmptyRequest {
    /// Takes nothing, or `{}`.
    ///
    /// - Throws: as ``RunRequest/read(_:)``.
    public static func read(_ bytes: [UInt8]) throws(APIError) {
        guard !bytes.isEmpty else { return }
        _ = try FieldReader(body: bytes, known: [])
    }
}
