import HTTPTransport
import Model

/// How far a peer's clock is from ours, as the `Date` of its answers shows.
///
/// The header has whole seconds, and an answer takes a while: each sample gives a range, several give what all of them
/// allow.
struct ClockSkew: Hashable, Sendable {
    /// Up to here nobody can tell, or need.
    static let tolerated = Span.seconds(2)
    /// From here on deadlines, leases and tokens are off.
    static let harmful = Span.seconds(30)

    /// The least and the most that the peer may be ahead of us; negative for behind.
    private(set) var least = Span(milliseconds: .min / 4)
    private(set) var most = Span(milliseconds: .max / 4)
    private(set) var samples = 0

    /// Takes one more answer into account.
    ///
    /// - Parameters:
    ///   - date: what its header says: some moment of that second.
    ///   - sent: by our clock.
    ///   - received: by our clock.
    mutating func add(_ date: Instant, sent: Instant, received: Instant) {
        let (low, high) = (date - received, date + .seconds(1) - sent)
        samples += 1
        // Ranges that exclude each other come of a clock that was set in between: the later one counts.
        guard low <= most, high >= least else {
            (least, most) = (low, high)
            return
        }
        (least, most) = (max(least, low), min(most, high))
    }

    /// The smallest that it can be; positive when the peer is ahead.
    var smallest: Span {
        if least > .zero { return least }
        return most < .zero ? most : .zero
    }

    /// True when it is more than anybody would notice.
    var isNoticeable: Bool { Self.size(smallest) > Self.tolerated }

    /// True when things go wrong for it.
    var isHarmful: Bool { Self.size(smallest) > Self.harmful }

    /// For people: `at least 40 s ahead of ours`.
    var words: String {
        let size = Self.size(smallest)
        guard size > Self.tolerated else { return "within \(Self.tolerated.milliseconds / 1_000) s of ours" }
        return "at least \(size.milliseconds / 1_000) s \(smallest > .zero ? "ahead of" : "behind") ours"
    }

    private static func size(_ span: Span) -> Span { Span(milliseconds: abs(span.milliseconds)) }

    // MARK: samples

    private static let samplesMax = 4

    /// Asks a server for a page a few times, whatever it answers; nil when no answer had a date.
    static func measure(
        _ url: String,
        _ http: HTTPClient,
        clock: @Sendable () -> Instant = systemClock
    ) async -> Self? {
        var skew = Self()
        for _ in 0..<samplesMax {
            let sent = clock()
            let deadlines = HTTPDeadlines(connect: .seconds(3), stall: .seconds(5), total: .seconds(5))
            let request = HTTPRequest(url: url, deadlines: deadlines)
            let response: HTTPResponse
            // Whether the server answers at all is told by another check.
            do throws(HTTPError) { response = try await http.send(request) } catch { break }
            guard let date = response.head.header("Date").flatMap(moment) else { break }
            skew.add(date, sent: sent, received: clock())
        }
        return skew.samples > 0 ? skew : nil
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form in which dates are sent; nil for anything else.
    ///
    /// - Source: RFC 9110, §5.6.7.
    static func moment(_ text: String) -> Instant? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", parts[1].utf8.count == 2,
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4]).000Z")
    }
}
