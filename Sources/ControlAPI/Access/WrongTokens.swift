import Model

/// Counts wrong tokens and says how long their answers are held back: the longer, the more came from the same client.
///
/// This slows down those who wait for their answers, and keeps a misconfigured pipeline from hammering. What makes
/// guessing hopeless is the length of a token. A right token is never held back, since many may share an address.
struct WrongTokens: Sendable {
    /// What one server does about wrong tokens.
    struct Limits: Sendable {
        /// After the first; twice as long after each further one.
        var delayFirst = Span.milliseconds(250)
        /// Shorter than the patience of clients, and than a shutdown.
        var delayMax = Span.seconds(4)
        /// Answers held back at once, of all clients; each holds a connection.
        var heldMax = 64
        /// And of one client.
        var heldPerClientMax = 8
        /// Clients remembered; the one that was silent longest is forgotten first.
        var clientsMax = 1_024
        /// A client that was silent for so long begins anew.
        var memory = Span.minutes(10)
    }

    /// What to do with one.
    enum Verdict: Hashable, Sendable {
        /// Refuse it after so long, and say ``answered(_:)`` then.
        case hold(Span)
        /// Too many are held back already: refuse it at once, without a word about the token.
        case tooMany
    }

    private struct Client {
        var failures = 0
        var held = 0
        var last: Instant
    }

    let limits: Limits
    /// Since the beginning.
    private(set) var count = 0
    private var clients: [String: Client] = [:]
    private var held = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many clients are remembered.
    var clientCount: Int { clients.count }

    /// Takes note of a wrong token.
    ///
    /// - Parameters:
    ///   - address: the client's.
    ///   - now: on a clock that never jumps.
    /// - Returns: what to do with it.
    mutating func note(_ address: String, at now: Instant) -> Verdict {
        count += 1
        var client = remembered(address, at: now)
        client.failures = min(client.failures + 1, 64)
        client.last = now
        let hasRoom = held < limits.heldMax && client.held < limits.heldPerClientMax
        if hasRoom {
            client.held += 1
            held += 1
        }
        clients[address] = client
        return hasRoom ? .hold(delay(after: client.failures)) : .tooMany
    }

    /// An answer that was held back is out.
    mutating func answered(_ address: String) {
        held -= 1
        clients[address]?.held -= 1
    }

    /// What the client has behind it; makes room for a new one.
    private mutating func remembered(_ address: String, at now: Instant) -> Client {
        if let client = clients[address] {
            return now - client.last < limits.memory ? client : Client(held: client.held, last: now)
        }
        if clients.count >= limits.clientsMax {
            // Those with answers held back are fewer than there is room for.
            let silent = clients.filter { $0.value.held == 0 }.min { $0.value.last < $1.value.last }
            if let silent { clients[silent.key] = nil }
        }
        return Client(last: now)
    }

    private func delay(after failures: Int) -> Span {
        var delay = limits.delayFirst
        for _ in 1..<max(failures, 1) where delay < limits.delayMax { delay = delay + delay }
        return min(delay, limits.delayMax)
    }
}
