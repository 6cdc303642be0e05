import CCurl

/// An exchange on the wire: its easy handle, its clocks, and what libcurl's callbacks make of it.
///
/// Lives on the loop's thread alone.
final class Transfer {
    /// Why we ended it, when libcurl did not.
    struct Failure {
        let fault: HTTPFault
        let message: String
    }

    /// Safe to send again on a new connection when a kept one turns out closed: RFC 9110 §9.2.2.
    private static let idempotent: Set<String> = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]

    let exchange: Exchange
    let easy: CurlEasy
    private(set) var failure: Failure?
    private(set) var isConnected = false
    private(set) var lastProgress: ContinuousClock.Instant
    private var head: HeadReader
    private var sentBytesSeen = 0
    private let totalDeadline: ContinuousClock.Instant?
    private var readDeadline: (number: UInt64, at: ContinuousClock.Instant)?

    /// - Throws: `http.internal` when libcurl refuses an option.
    init(_ exchange: Exchange, _ configuration: HTTPConfiguration) throws(HTTPError) {
        self.exchange = exchange
        head = HeadReader(bytesMax: exchange.request.limits.headerBytes)
        easy = try CurlEasy()
        let now = ContinuousClock.now
        lastProgress = now
        switch exchange.kind {
        case .whole: totalDeadline = exchange.request.deadlines.total.map { now + $0 }
        case .stream: totalDeadline = nil
        }
        try easy.configure(configuration)
        try easy.configure(exchange.request)
        try installCallbacks()
    }

    /// Whether the final answer's head has come.
    var hasHead: Bool { head.isDone }
}

// MARK: clocks

extension Transfer {
    /// Ends the exchange at this time unless the wait with this number is over by then.
    func watch(_ number: UInt64, until: ContinuousClock.Instant) { readDeadline = (number, until) }

    /// When to look at this transfer next.
    var nextDeadline: ContinuousClock.Instant? {
        [totalDeadline, stallDeadline, readDeadline?.at].compactMap(\.self).min()
    }

    /// What has run out by now, if anything.
    func expired(at now: ContinuousClock.Instant) -> Failure? {
        let deadlines = exchange.request.deadlines
        if let totalDeadline, totalDeadline <= now, let total = deadlines.total {
            return Failure(fault: .deadline, message: "not done within \(total)")
        }
        if let readDeadline, readDeadline.at <= now {
            self.readDeadline = nil
            if exchange.isWaiting(readDeadline.number) {
                return Failure(fault: .stalled, message: "no byte within the reader's limit")
            }
        }
        guard let stallDeadline, stallDeadline <= now, let stall = deadlines.stall else { return nil }
        let sentBytes = easy.sentBytes
        if sentBytes > sentBytesSeen {
            // A body on its way out makes no callback; that it moves is seen here, at most one stall late.
            sentBytesSeen = sentBytes
            lastProgress = now
            return nil
        }
        return Failure(fault: .stalled, message: isConnected ? "no byte for \(stall)" : "no connection became free")
    }

    private var stallDeadline: ContinuousClock.Instant? {
        let deadlines = exchange.request.deadlines
        guard let stall = deadlines.stall, exchange.kind == .whole || !hasHead else { return nil }
        // Until it is connected, libcurl's own clock runs; this one bounds the wait for a free connection before that.
        return isConnected ? lastProgress + stall : lastProgress + stall + deadlines.connect
    }
}

// MARK: callbacks

extension Transfer {
    private func installCallbacks() throws(HTTPError) {
        // SAFETY: the handle is removed and freed before the loop lets go of this object, and libcurl calls back only from
        // within the loop's own calls, on its thread.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_PRIVATE, pointer: context)
        try easy.set(CURLOPT_WRITEDATA, pointer: context)
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.set(CURLOPT_PREREQDATA, pointer: context)
        try easy.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let transfer = Transfer.from(context) else { return 0 }
            return transfer.receiveBody(Transfer.buffer(bytes, size * count))
        }
        try easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let transfer = Transfer.from(context) else { return 0 }
            return transfer.receiveLine(Transfer.buffer(bytes, size * count))
        }
        try easy.set(beforeRequest: { context, _, _, _, _ in
            guard let transfer = Transfer.from(context) else { return CURL_PREREQFUNC_ABORT }
            return transfer.mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        })
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        let raw = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
        return raw.bindMemory(to: UInt8.self)
    }

    /// Called for each attempt, once connected and before the request goes out.
    private func mayBegin() -> Bool {
        // libcurl repeats any request whose kept connection closed without an answer. A peer may have carried out what it
        // read, so that only what may be repeated is.
        guard Self.idempotent.contains(exchange.request.method) || easy.sentBytes == 0 else {
            failure = Failure(fault: .closed, message: "the connection closed after the request went out")
            return false
        }
        isConnected = true
        lastProgress = .now
        return true
    }

    /// - Returns: the count when taken; anything else ends the transfer.
    private func receiveLine(_ line: UnsafeBufferPointer<UInt8>) -> Int {
        lastProgress = .now
        switch head.line(line) {
        case .more:
            return line.count
        case .head(let head):
            exchange.receive(head)
            return line.count
        case .tooLarge:
            let limit = exchange.request.limits.headerBytes
            failure = Failure(fault: .headerTooLarge, message: "the answer's header has more than \(limit) bytes")
        case .malformed(let reason):
            failure = Failure(fault: .badResponse, message: reason)
        }
        return Self.refused(line.count)
    }

    /// - Returns: the count when taken, libcurl's mark for pausing, or anything else, which ends the transfer.
    private func receiveBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        lastProgress = .now
        switch exchange.receive(bytes) {
        case .taken:
            return bytes.count
        case .pause:
            return Int(CURL_WRITEFUNC_PAUSE)
        case .tooLarge:
            let limit = exchange.request.limits.bodyBytes
            failure = Failure(fault: .bodyTooLarge, message: "the answer's body has more than \(limit) bytes")
            return Self.refused(bytes.count)
        }
    }

    /// Any count but the one offered means failure, and an empty line is offered too.
    private static func refused(_ count: Int) -> Int { count == 0 ? 1 : 0 }
}
