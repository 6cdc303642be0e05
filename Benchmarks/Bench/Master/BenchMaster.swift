import Glibc
import LocalCluster
import Synchronization

/// A master for measuring: it sends the offers that it is told to, and notes when each call has come.
///
/// On 127.0.0.1 alone, a thread a connection. It answers KILL with TASK_KILLED for the whole pod.
final class BenchMaster: Sendable {
    private struct State {
        var calls: [BenchCall] = []
        var connections: [BenchConnection] = []
        var pods: [String: [(id: String, agent: String)]] = [:]
        var updates = 0
        var agents = BenchAgents(framework: BenchMaster.framework)
        var fault: (any Error)?
    }

    private static let framework = "5d9e2f6c-41ab-4f0e-9c1c-2f6d8a7b3e10-0007"

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())
    /// Held while something is written to it.
    private let stream = Mutex<BenchConnection?>(nil)

    init() throws {
        (listener, port) = try Self.listen()
        Worker { [self] in accept() }.detach()
    }

    private static func listen() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else { throw BenchFault("no port on loopback: \(String(cString: strerror(errno)))") }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// Closes everything.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        state.withLock { $0.connections.forEach { $0.shutDown() } }
    }

    // MARK: what the bench does

    /// So many calls have come so far.
    var mark: Int { state.withLock { $0.calls.count } }

    /// Calls since a mark.
    func calls(since mark: Int) throws -> ArraySlice<BenchCall> {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            return state.calls[mark...]
        }
    }

    /// Sends one OFFERS event, one offer an agent, and waits until each is answered.
    func offer(_ agents: Range<Int>, within limit: Duration = .seconds(60)) async throws -> BenchAnswer {
        var (record, ids) = state.withLock { $0.agents.offers(agents) }
        let first = mark
        let bytes = record.count
        let begin = ContinuousClock.now
        let end = try await send(record)
        record = []
        var answers: [BenchCall] = []
        var seen = first
        try await until("\(agents.count) offers are answered", within: limit) {
            for call in try calls(since: seen) {
                seen += 1
                guard !call.offers.isEmpty else { continue }
                answers.append(call)
                ids.subtract(call.offers)
            }
            return ids.isEmpty
        }
        return BenchAnswer(begin: begin, end: end, bytes: bytes, calls: answers)
    }

    /// On a thread of its own, since a large event blocks until the scheduler has read most of it.
    private func send(_ record: [UInt8]) async throws -> ContinuousClock.Instant {
        try await withCheckedThrowingContinuation { continuation in
            Worker { [self] in
                continuation.resume(with: Result { try write(record) })
            }.detach()
        }
    }

    @discardableResult
    private func write(_ record: [UInt8]) throws -> ContinuousClock.Instant {
        try stream.withLock { stream in
            guard let stream else { throw BenchFault("the scheduler is not subscribed") }
            return try stream.sendChunk(record)
        }
    }

    // MARK: connections

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard descriptor >= 0 else { return }
            let connection = BenchConnection(descriptor)
            state.withLock { $0.connections.append(connection) }
            Worker { [self] in serve(connection) }.detach()
        }
    }

    private func serve(_ connection: BenchConnection) {
        do {
            while let body = try connection.request() {
                let at = ContinuousClock.now
                let call = try BenchCall(body, at: at)
                if call.kind == .subscribe {
                    try subscribe(connection)
                } else {
                    try connection.send(Array("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".utf8))
                }
                try take(call)
            }
        } catch {
            state.withLock { $0.fault = $0.fault ?? error }
        }
        stream.withLock { if $0 === connection { $0 = nil } }
        // Out of the list first: a number that is closed may be another's at once.
        state.withLock { state in state.connections.removeAll { $0 === connection } }
        close(connection.descriptor)
    }

    private func subscribe(_ connection: BenchConnection) throws {
        let head = """
            HTTP/1.1 200 OK\r
            Content-Type: application/x-protobuf\r
            Transfer-Encoding: chunked\r
            Mesos-Stream-Id: 130ae4e3-6b13-4ef4-baa9-9f2e85c3e9af\r
            \r\n
            """
        try stream.withLock { stream in
            try connection.send(Array(head.utf8))
            _ = try connection.sendChunk(BenchEvent.subscribed(Self.framework))
            stream = connection
        }
    }

    private func take(_ call: BenchCall) throws {
        let updates = state.withLock { state in
            state.calls.append(call)
            if call.kind == .accept { for task in call.tasks { state.pods[task.id] = call.tasks } }
            guard call.kind == .kill, let task = call.tasks.first, let pod = state.pods[task.id] else {
                return [[UInt8]]()
            }
            state.pods[task.id] = nil
            return pod.map { task in
                state.updates += 1
                return BenchEvent.killed(task: task.id, agent: task.agent, number: state.updates)
            }
        }
        for update in updates { try write(update) }
    }
}

/// How one OFFERS event was answered.
struct BenchAnswer: Sendable {
    /// Before its first byte was written.
    let begin: ContinuousClock.Instant
    /// Before its last byte was written.
    let end: ContinuousClock.Instant
    let bytes: Int
    /// Every ACCEPT and DECLINE that names an offer.
    let calls: [BenchCall]

    /// From the event's last byte to the last byte of the last call of this kind; nil when there is none.
    func milliseconds(to kind: BenchCall.Kind) -> Double? {
        calls.last { $0.kind == kind }.map { (end.duration(to: $0.at)).inMilliseconds }
    }
}
