/// An answer whose body is read as it comes.
///
/// A reader that is slower than the peer pauses the transfer: at most 256 KiB wait here. The connection is free again at the
/// body's proper end, and closed after any other end. The stream keeps its client alive.
public final class HTTPStream: Sendable {
    /// Status line and header fields.
    public let head: HTTPHead
    let exchange: Exchange
    private let client: HTTPClient

    init(head: HTTPHead, _ exchange: Exchange, _ client: HTTPClient) {
        self.head = head
        self.exchange = exchange
        self.client = client
    }

    /// The bytes received since the last call, or the next ones to come.
    ///
    /// One reader at a time. Bytes that came before a failure are handed out first, except after `cancel` and `shutdown`.
    /// Any error but `http.concurrent_read` is the end of the stream, and is thrown again by each later call; so is
    /// cancelling the task. A body with neither a length nor chunks ends properly with its connection (RFC 9112 §6.3).
    ///
    /// - Parameter limit: the longest wait for a byte, counted from this call; nil for none.
    /// - Returns: at least one and at most 256 KiB of bytes; nil at the body's proper end, then and later.
    /// - Throws: `http.truncated`, `http.stalled`, `http.cancelled`, `http.shut_down`, `http.concurrent_read`.
    public func next(within limit: Duration?) async throws(HTTPError) -> [UInt8]? {
        while true {
            if Task.isCancelled { cancel() }
            switch exchange.read() {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .failure(let error): throw error
            case .nothingYet: break
            }
            guard await exchange.wait(for: .bytes, within: limit) else {
                throw HTTPError(.concurrentRead, "\(exchange.request.label): read by two at once", retry: .never)
            }
        }
    }

    /// Ends the transfer and closes its connection; safe to repeat.
    ///
    /// Letting go of the stream does the same.
    public func cancel() { exchange.cancel() }

    deinit { exchange.cancel() }
}
