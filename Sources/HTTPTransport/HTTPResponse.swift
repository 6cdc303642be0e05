/// The status line and the header fields of an answer.
public struct HTTPHead: Sendable {
    /// 200…999; interim answers (1xx) are skipped.
    public let status: Int
    /// In the order they came, names as the peer spelt them, values without surrounding blanks; no trailers.
    public let headers: [(name: String, value: String)]

    /// A head, for those who stand in for a server.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - headers: in order.
    public init(status: Int, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = headers
    }

    /// The value of the first field of this name.
    ///
    /// - Parameter name: in any case.
    /// - Returns: nil when there is no such field.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// A whole answer.
public struct HTTPResponse: Sendable {
    /// Status line and header fields.
    public let head: HTTPHead
    /// The body as sent: chunks joined, content codings left alone.
    public let body: [UInt8]

    /// An answer, for those who stand in for a server.
    ///
    /// - Parameters:
    ///   - head: status and header fields.
    ///   - body: may be empty.
    public init(head: HTTPHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
