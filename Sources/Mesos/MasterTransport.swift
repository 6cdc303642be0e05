import Model

/// One POST to a master.
struct MasterRequest: Sendable {
    var endpoint: Endpoint
    /// Beside those that HTTP itself needs.
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

/// A master's answer; of a stream, its head alone.
struct MasterAnswer: Sendable {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: [UInt8]

    /// The body as text, the first 4 KiB of it.
    var text: String { String(decoding: body.prefix(WireLimits.textBytesMax), as: UTF8.self) }
}

/// What the client needs of HTTP, so that its behaviour can be tested without sockets and without time.
protocol MasterTransport: Sendable {
    /// Sends and waits for the whole answer.
    ///
    /// - Throws: `mesos.unreachable` when nothing was sent, `mesos.call_outcome_unknown` when it may have been.
    func send(_ request: MasterRequest) async throws(MesosError) -> MasterAnswer

    /// Sends and waits for the answer's head.
    func open(_ request: MasterRequest) async throws(MesosError) -> any MasterStream
}

/// An answer whose body has no end in sight.
protocol MasterStream: Sendable {
    /// The head; its body is empty.
    var head: MasterAnswer { get }

    /// The next bytes of the body; nil at its proper end.
    ///
    /// - Throws: `mesos.stream_broken` at an improper end, `mesos.stream_silent` when nothing came for so long.
    func next(within limit: Span) async throws(MesosError) -> [UInt8]?

    /// Closes the connection; also needed after a proper end, since the master leaves it open. Safe to repeat.
    func cancel()
}
