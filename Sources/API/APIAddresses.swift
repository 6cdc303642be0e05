import Synchronization

/// Where a scheduler may be found: the addresses that it has in turn, and the one that is tried first.
///
/// A scheduler that is started again elsewhere, or whose standby takes over, keeps its state and changes its address.
final class APIAddresses: Sendable {
    /// Of one scheduler; a longer list is a mistake.
    static let countMax = 8

    /// Without a slash at the end.
    let all: [String]
    private let first = Mutex(0)

    /// - Parameter text: one address, or several with commas between them.
    /// - Throws: `api.bad_url`.
    init(_ text: String) throws(APIError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.countMax else {
            throw APIError(.invalid, .badURL, "expected at most \(Self.countMax) addresses, found \(parts.count)")
        }
        var all: [String] = []
        for part in parts { all.append(try Self.checked(part.trimmed)) }
        self.all = all
    }

    /// Calls at one address after the other until one answers, beginning with the one that answered last.
    ///
    /// A call that may have arrived is not made again here: the caller's own repetition, if it has one, goes to the next
    /// address.
    ///
    /// - Parameter call: with an address.
    /// - Returns: the first answer of a scheduler that acts.
    /// - Throws: as `call`; `api.unreachable` names every address that was tried, and a standby's refusal is thrown only
    ///   when no other address is of more use.
    func answer<Answer>(_ call: (String) async throws(APIError) -> Answer) async throws(APIError) -> Answer {
        let start = first.withLock { $0 }
        var standby: APIError?
        var silent: [String] = []
        for step in all.indices {
            let index = (start + step) % all.count
            do throws(APIError) {
                let answer = try await call(all[index])
                first.withLock { $0 = index }
                return answer
            } catch {
                if error.code == .standby {
                    standby = error
                    continue
                }
                guard case .unreachable(let mayHaveHappened) = error.kind else {
                    first.withLock { $0 = index }
                    throw error
                }
                guard !mayHaveHappened, all.count > 1 else {
                    first.withLock { $0 = (index + 1) % all.count }
                    throw error
                }
                silent.append("\(all[index]): \(error.message)")
            }
        }
        if let standby { throw standby }
        throw APIError(.unreachable(mayHaveHappened: false), .unreachable, silent.joined(separator: "; "))
    }

    private static func checked(_ url: String) throws(APIError) -> String {
        let scheme = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }
        let rest = url.dropFirst(scheme?.count ?? 0)
        guard scheme != nil, let first = rest.first, first != "/",
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !rest.contains(where: { "?#@".contains($0) })
        else {
            throw APIError(
                .invalid,
                .badURL,
                "expected http://HOST[:PORT] or https://HOST[:PORT], found \(printable(url, max: 200))"
            )
        }
        var trimmed = Substring(url)
        while trimmed.last == "/" { trimmed.removeLast() }
        return String(trimmed)
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
