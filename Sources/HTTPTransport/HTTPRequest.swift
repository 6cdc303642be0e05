/// One HTTP/1.1 request, with how long it may take and how much may come back.
public struct HTTPRequest: Sendable {
    /// The method as it goes out, case and all: one to 32 token characters; `CONNECT` is refused.
    public var method: String
    /// Absolute, `http` or `https`, percent-encoded, without user information; its path goes out as written.
    public var url: String
    /// In the order they go out.
    ///
    /// Framing is ours: `Content-Length`, `Transfer-Encoding` and `Expect` are refused.
    public var headers: [(name: String, value: String)]
    /// The body; its length is always announced, also when a POST, PUT or PATCH has none.
    public var body: [UInt8]
    /// How long it may take.
    public var deadlines: HTTPDeadlines
    /// How much may come back.
    public var limits: HTTPLimits

    /// A request; nothing is checked before it is sent.
    ///
    /// - Parameters:
    ///   - method: the method as it goes out.
    ///   - url: absolute, `http` or `https`.
    ///   - headers: in the order they go out.
    ///   - body: may be empty.
    ///   - deadlines: how long it may take.
    ///   - limits: how much may come back.
    public init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        deadlines: HTTPDeadlines = .init(),
        limits: HTTPLimits = .init()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadlines = deadlines
        self.limits = limits
    }

    /// For messages: method and URL without the query, which may hold a secret.
    var label: String { "\(method) \(url.prefix { $0 != "?" && $0 != "#" })" }
}

/// How long the parts of an exchange may take.
public struct HTTPDeadlines: Sendable {
    /// Name look-up, TCP and TLS together, from the moment a connection is begun; at least a millisecond.
    public var connect: Duration
    /// The longest silence in both directions once connected; nil for no such deadline.
    ///
    /// Waiting for one of the host's connections to become free may take `connect + stall`. For `stream` it holds
    /// until the head is there.
    public var stall: Duration?
    /// From the call to the last byte, waiting for a connection included; nil for none.
    ///
    /// `stream` ignores it.
    public var total: Duration?

    /// Deadlines that suit a call to a server in the same data centre.
    ///
    /// - Parameters:
    ///   - connect: until connected, by default 5 s.
    ///   - stall: the longest silence, by default 30 s.
    ///   - total: the whole exchange, by default 30 s.
    public init(connect: Duration = .seconds(5), stall: Duration? = .seconds(30), total: Duration? = .seconds(30)) {
        self.connect = connect
        self.stall = stall
        self.total = total
    }
}

/// How much of an answer is held in memory.
public struct HTTPLimits: Sendable {
    /// All header lines of one answer, interim answers and trailers included, in bytes.
    public var headerBytes: Int
    /// The body in bytes; does not apply to `stream`, whose buffer has a bound of its own.
    public var bodyBytes: Int

    /// Limits that suit control traffic.
    ///
    /// - Parameters:
    ///   - headerBytes: by default 64 KiB; libcurl itself refuses a single line of more than 100 KiB.
    ///   - bodyBytes: by default 16 MiB.
    public init(headerBytes: Int = 64 << 10, bodyBytes: Int = 16 << 20) {
        self.headerBytes = headerBytes
        self.bodyBytes = bodyBytes
    }
}
