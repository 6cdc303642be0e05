public import Model
import Synchronization

/// The way to a scheduler through DC/OS' Admin Router, which learns late where a service has moved to.
///
/// It asks Marathon every 25 s and believes what it heard for up to 75 s. Until then it knows no such service, or calls
/// where the scheduler was. Its own words are told from the scheduler's by their form: the scheduler refuses in JSON.
///
/// - Source: dcos/dcos packages/adminrouter/extra/src/lib/{cache,service}.lua.
public final class ServiceRoute: Sendable {
    /// As long as a route may be out of date.
    public static let window = Span.seconds(75)
    /// A wait that is shorter is not worth a word.
    private static let silence = Span.seconds(2)
    private static let pauseMin = Span.milliseconds(500)
    private static let pauseMax = Span.seconds(5)

    private struct Absence {
        /// Since when the scheduler has not been reached; nil while it is.
        var since: Instant?
        var isSaid = false
    }

    /// `understudy`, or `team/understudy`.
    public let name: String
    private let control: any FollowControl
    private let say: @Sendable (String) -> Void
    private let absence = Mutex(Absence())

    /// A way.
    ///
    /// - Parameters:
    ///   - name: the service's, without a slash at either end.
    ///   - control: time; a wish for the end of a run cuts a pause short.
    ///   - say: takes one line when it is waited for the router, once for each absence.
    public init(name: String, control: any FollowControl, say: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.control = control
        self.say = say
    }

    /// A name as DC/OS has it, without the slashes around it.
    ///
    /// - Returns: nil for what cannot be the name of a service of ours: 1 to 40 of `[a-z0-9-]` and slashes.
    public static func name(_ text: String) -> String? {
        let parts = text.split(separator: "/")
        let name = parts.joined(separator: "/")
        func isGood(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard (1...40).contains(name.utf8.count), parts.allSatisfy({ $0.utf8.allSatisfy(isGood) }) else { return nil }
        return name
    }

    /// Where the service is, for those who come through the cluster's address.
    static func address(of name: String, in cluster: String) throws(APIError) -> String {
        guard !cluster.contains(",") else {
            throw APIError(.invalid, .badURL, "expected one cluster, found \(printable(cluster, max: 200))")
        }
        var cluster = Substring(cluster)
        while cluster.last == "/" { cluster.removeLast() }
        return "\(cluster)/service/\(name)"
    }

    /// Calls, and again while it is the route that is out of date.
    ///
    /// - Parameters:
    ///   - isRepeatable: false for a call that must not arrive twice: it is made again where it cannot have arrived.
    ///   - isPatient: false for a caller that repeats by itself.
    ///   - call: the call, each time anew.
    /// - Returns: the scheduler's own answer.
    /// - Throws: what Admin Router says, as `api.no_route`, `api.no_login` or `api.no_permission`; and as `call`.
    func answer(
        isRepeatable: Bool,
        isPatient: Bool,
        _ call: () async throws(APIError) -> APIAnswer
    ) async throws(APIError) -> APIAnswer {
        var pause = Self.pauseMin
        while true {
            let answer = try await call()
            guard let error = refusal(answer) else {
                absence.withLock { $0 = Absence() }
                return answer
            }
            guard isPatient, error.isTransient, isRepeatable || !error.mayHaveHappened, !Task.isCancelled,
                !control.releaseWanted
            else { throw error }
            let left = left()
            guard left > .zero else { throw error }
            tell(error)
            await control.pause(min(pause, left))
            pause = min(Span(milliseconds: pause.milliseconds * 3 / 2), Self.pauseMax)
        }
    }

    /// Of the window.
    private func left() -> Span {
        let now = control.now()
        return absence.withLock { absence in
            let since = absence.since ?? now
            absence.since = since
            return since + Self.window - now
        }
    }

    private func tell(_ error: APIError) {
        let now = control.now()
        let isDue = absence.withLock { absence in
            guard !absence.isSaid, let since = absence.since, now - since >= Self.silence else { return false }
            absence.isSaid = true
            return true
        }
        guard isDue else { return }
        say("\(error.message); waiting, up to \(Self.window): its routes are that late after a restart")
    }

    /// What Admin Router says of its own; nil for the scheduler's answer.
    private func refusal(_ answer: APIAnswer) -> APIError? {
        switch answer.status {
        case 300...399:
            return APIError(.refused(status: 401), .noLogin, "Admin Router leads to a login instead of answering")
        // Its own words are HTML or plain text; a scheduler's are an object, also of a health that is bad.
        case 400... where answer.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{"):
            return nil
        case 401:
            return APIError(.refused(status: 401), .noLogin, "Admin Router lets nobody through without a good login")
        case 403:
            let message = "Admin Router does not let this user through: it takes dcos:adminrouter:service:\(name) full"
            return APIError(.refused(status: 403), .noPermission, message)
        case 404:
            // It has handed the call to nobody. Once its routes are up to date, there is no such service.
            let kind: APIError.Kind = left() > .zero ? .unreachable(mayHaveHappened: false) : .refused(status: 404)
            return APIError(kind, .noRoute, "Admin Router knows no service \(name)")
        case 502, 503, 504:
            let message = "Admin Router does not reach the service \(name) (status \(answer.status))"
            return APIError(.unreachable(mayHaveHappened: true), .noRoute, message)
        default: return nil
        }
    }
}
