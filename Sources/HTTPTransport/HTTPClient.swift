import Synchronization

/// Sends HTTP/1.1 requests over kept connections; many at once, from any task.
///
/// One thread of its own drives all of a client's transfers and sleeps when there is nothing to do. No proxy, redirect,
/// cookie, netrc or content coding is ever followed, whatever the environment says.
public final class HTTPClient: Sendable {
    private let loop: LoopThread

    /// Starts the client's thread.
    ///
    /// - Parameter configuration: what all requests share.
    /// - Throws: `http.bad_configuration`, `http.internal`.
    public init(_ configuration: HTTPConfiguration = .init()) throws(HTTPError) {
        try configuration.check()
        loop = try LoopThread(configuration)
    }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// Cancelling the task closes the connection. GET, HEAD, PUT, DELETE and OPTIONS are sent again, on a new
    /// connection, when a kept one turns out closed; other methods are not.
    ///
    /// - Parameter request: checked first.
    /// - Returns: the answer.
    /// - Throws: any code of ``HTTPError`` but `http.concurrent_read`.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let exchange = try begin(request, .whole)
        _ = await exchange.wait(for: .end)
        return try exchange.response()
    }

    /// Sends a request and waits for the head of the answer; the body follows as it comes.
    ///
    /// The total deadline does not apply, the stall deadline does until the head is there.
    ///
    /// - Parameter request: checked first.
    /// - Returns: the stream, which holds a connection until it ends or is cancelled.
    /// - Throws: any code of ``HTTPError`` but `http.concurrent_read`.
    public func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStream {
        let exchange = try begin(request, .stream)
        _ = await exchange.wait(for: .head)
        return HTTPStream(head: try exchange.head(), exchange, self)
    }

    /// Ends all transfers with `http.shut_down`, closes all connections and joins the thread; safe to repeat.
    public func shutdown() async { await loop.stop() }

    /// How often the loop has gone round.
    var turns: Int { loop.mailbox.turns.load(ordering: .relaxed) }

    private func begin(_ request: HTTPRequest, _ kind: Exchange.Kind) throws(HTTPError) -> Exchange {
        try RequestCheck.check(request)
        guard !Task.isCancelled else {
            throw HTTPError(.cancelled, "\(request.label): cancelled before it began", retry: .safe)
        }
        let exchange = Exchange(request, kind, mailbox: loop.mailbox)
        guard loop.mailbox.post(.start(exchange)) else { throw .shutDown(request) }
        return exchange
    }
}
