import Model

/// What a master means by its answer.
///
/// Pure: the whole of what was recorded of answers is in this file.
///
/// - Source: `recordings/mesos/06-errors`, `14`, `15`, `16-auth`, `17-zk-two-masters`.
enum MasterReply {
    /// The encoding that we ask for, to the byte: a charset or capitals are refused with 415.
    static let contentType = "application/x-protobuf"
    /// Of a stream id; Mesos' own has 36 bytes.
    private static let streamIDBytesMax = 256

    /// To SUBSCRIBE.
    enum Subscription {
        /// Accepted so far: the first event tells.
        case stream(id: String)
        /// By another master.
        case redirect(to: String?)
        case failed(MesosError)
    }

    /// Reads the answer to a SUBSCRIBE; of a refusal, with its body.
    static func toSubscribe(_ answer: MasterAnswer) -> Subscription {
        switch answer.status {
        case 200:
            guard answer.headers["content-type"] == contentType else {
                let found = answer.headers["content-type"] ?? "none"
                return .failed(error(.unexpectedContentType, answer, "Content-Type \(found.prefix(100))"))
            }
            guard let id = answer.headers["mesos-stream-id"], (1...streamIDBytesMax).contains(id.utf8.count),
                id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
            else { return .failed(error(.missingField, answer, "no Mesos-Stream-Id")) }
            return .stream(id: id)
        case 307, 308: return .redirect(to: answer.headers["location"])
        case 400 where answer.text.hasPrefix("Failed to validate"):
            return .failed(error(.subscriptionInvalid, answer, retry: .never, fatal: .invalid))
        case 401: return .failed(error(.unauthenticated, answer, "the master does not accept the credentials"))
        case 403: return .failed(error(.forbidden, answer))
        // A master that has just opened its port knows no path yet, then no leader, then no past.
        case 404, 500...599: return .failed(error(.notReady, answer))
        default: return .failed(error(.unexpectedStatus, answer))
        }
    }

    /// To any other call.
    enum Call {
        case done
        case redirect(to: String?)
        case refused(MesosError)
        case unknown(MesosError)
    }

    /// Reads the answer to a call.
    static func toCall(_ answer: MasterAnswer) -> Call {
        switch answer.status {
        case 202: return .done
        case 307, 308: return .redirect(to: answer.headers["location"])
        case 401: return .refused(error(.unauthenticated, answer, retry: .never))
        // A gateway's word, or an accident half-way: nobody knows what the master did.
        case 500, 502, 504...599: return .unknown(error(.callUnknown, answer, retry: .outcomeUnknown))
        case 404, 503: return .refused(error(.notReady, answer))
        case 400 where endsWithSubscription(answer.text), 403 where endsWithSubscription(answer.text):
            return .refused(error(.notSubscribed, answer))
        case 403: return .refused(error(.forbidden, answer, retry: .never))
        case 400...499: return .refused(error(.callRefused, answer, retry: .never))
        default: return .unknown(error(.unexpectedStatus, answer, retry: .outcomeUnknown))
        }
    }

    /// True when a new SUBSCRIBE cures the refusal.
    private static func endsWithSubscription(_ text: String) -> Bool {
        text.hasPrefix("Framework cannot be found") || text.hasPrefix("Framework is not subscribed")
            || text.hasPrefix("The stream ID ")
    }

    /// Reads an ERROR event.
    ///
    /// - Parameters:
    ///   - text: the master's.
    ///   - first: true before SUBSCRIBED: the master refuses the subscription for what it says, and will do so again.
    /// - Returns: fatal when no later subscription under this id can or may succeed.
    static func error(event text: String, first: Bool) -> MesosError {
        let (code, fatal): (MesosError.Code, MesosError.Fatal?) =
            switch true {
            case text.hasPrefix("Framework has been removed"): (.frameworkRemoved, .frameworkRemoved)
            case text.hasPrefix("Framework failed over"): (.failedOver, .failedOver)
            case text.hasPrefix("Changing framework's principal"): (.principalChanged, .principalChanged)
            case text.hasPrefix("Not authorized"): (.notAuthorized, .notAuthorized)
            case first: (.subscriptionInvalid, .invalid)
            default: (.masterError, nil)
            }
        return MesosError(code, text, retry: fatal == nil ? .safe : .never, fatal: fatal)
    }

    private static func error(
        _ code: MesosError.Code,
        _ answer: MasterAnswer,
        _ what: String? = nil,
        retry: MesosError.Retry = .safe,
        fatal: MesosError.Fatal? = nil
    ) -> MesosError {
        let said = [what, answer.text.isEmpty ? nil : answer.text].compactMap { $0 }.joined(separator: ": ")
        return MesosError(
            code,
            "the master answered \(answer.status)" + (said.isEmpty ? "" : ", \(said)"),
            context: ["status": "\(answer.status)"],
            retry: retry,
            fatal: fatal
        )
    }
}
