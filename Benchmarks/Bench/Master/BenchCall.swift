import LocalCluster

/// A call of the scheduler, as far as the bench looks at it.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Call; field numbers as there.
struct BenchCall: Sendable {
    enum Kind: Hashable, Sendable { case subscribe, accept, decline, revive, suppress, kill, other }

    let kind: Kind
    /// When its last byte had come.
    let at: ContinuousClock.Instant
    /// Those that it answers.
    var offers: [String] = []
    /// Those that it launches, or the one that it kills.
    var tasks: [(id: String, agent: String)] = []

    init(_ body: [UInt8], at: ContinuousClock.Instant) throws {
        self.at = at
        guard let call = ProtoMessage(body) else { throw BenchFault("a call that is no protobuf message") }
        switch call.uint(2) {
        case 1: kind = .subscribe
        case 3:
            kind = .accept
            let accept = call.message(4)
            offers = Self.ids(accept)
            tasks = accept?.messages(2).flatMap(Self.launched) ?? []
        case 4:
            kind = .decline
            offers = Self.ids(call.message(5))
        case 5: kind = .revive
        case 6:
            kind = .kill
            tasks = [(call.message(6)?.id(1) ?? "", call.message(6)?.id(2) ?? "")]
        case 12: kind = .suppress
        default: kind = .other
        }
    }

    private static func ids(_ answer: ProtoMessage?) -> [String] {
        answer?.messages(1).compactMap { $0.string(1) } ?? []
    }

    private static func launched(_ operation: ProtoMessage) -> [(id: String, agent: String)] {
        let group = operation.message(7)?.message(2)?.messages(1) ?? []
        return group.map { ($0.id(2) ?? "", $0.id(3) ?? "") }
    }
}
