import Foundation

/// A scheduler of the tests: subscribes, keeps what comes, makes calls.
final class TestScheduler: Sendable {
    let address: String
    let log: TestEventLog
    let head: TestConnection.Head
    let streamID: String
    let frameworkID: String
    private let connection: TestConnection

    struct Options {
        var id: String?
        var name = "tests"
        var role = "px-role"
        var failoverTimeout = 120.0
        /// TASK_KILLING_STATE, PARTITION_AWARE, MULTI_ROLE, RESERVATION_REFINEMENT.
        var capabilities: [UInt64] = [2, 5, 6, 7]
        var suppressed: [String] = []
        var principal: String?
    }

    /// Subscribes, and waits for SUBSCRIBED.
    init(_ address: String, _ options: Options = Options()) async throws {
        self.address = address
        let log = TestEventLog()
        self.log = log
        let request = TestHTTP.call(Self.subscription(options))
        (connection, head) = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { Self.read(address, request, log) { continuation.resume(with: $0) } }
        }
        streamID = head.headers["mesos-stream-id"] ?? ""
        let first = try await log.any("SUBSCRIBED or ERROR") { $0.kind == .subscribed || $0.kind == .error }
        frameworkID = first.message.message(2)?.id(1) ?? ""
    }

    deinit { connection.shutdown() }

    private static func subscription(_ options: Options) -> [UInt8] {
        TestWire { call in
            call.number(2, 1)
            if let id = options.id { call.id(1, id) }
            call.message(3) { subscribe in
                subscribe.message(1) { info in
                    info.text(1, "root")
                    info.text(2, options.name)
                    if let id = options.id { info.id(3, id) }
                    info.double(4, options.failoverTimeout)
                    if let principal = options.principal { info.text(8, principal) }
                    for capability in options.capabilities { info.message(10) { $0.number(1, capability) } }
                    info.text(12, options.role)
                }
                for role in options.suppressed { subscribe.text(2, role) }
            }
        }.bytes
    }

    private static func read(
        _ address: String,
        _ request: [UInt8],
        _ log: TestEventLog,
        _ started: (Result<(TestConnection, TestConnection.Head), any Error>) -> Void
    ) {
        let connection: TestConnection
        do {
            connection = try TestConnection(address)
            try connection.send(request)
            started(.success((connection, try connection.head())))
        } catch {
            return started(.failure(error))
        }
        do {
            // One chunk holds exactly one record: `length`, a line feed, and so many bytes.
            while let chunk = try connection.chunk() {
                let parts = chunk.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, Int(String(decoding: parts[0], as: UTF8.self)) == parts[1].count else {
                    return log.finish(.broken("a chunk that is no record"))
                }
                log.append(TestEvent(bytes: Array(parts[1]), at: monotonicSeconds()))
            }
            log.finish(.lastChunk)
        } catch {
            log.finish(.broken("\(error)"))
        }
    }

    /// Breaks the TCP connection of the stream.
    func disconnect() { connection.shutdown() }

    // MARK: calls

    @discardableResult
    func call(_ type: UInt64, streamID: String? = nil, _ build: (inout TestWire) -> Void = { _ in }) async throws -> Int
    {
        let bytes = TestWire { call in
            call.id(1, frameworkID)
            call.number(2, type)
            build(&call)
        }.bytes
        return try await TestConnection.exchange(address, TestHTTP.call(bytes, streamID: streamID ?? self.streamID))
            .head.status
    }

    func acknowledge(_ event: TestEvent) async throws {
        guard let status = event.status, let task = status.id(1), let agent = status.id(5) else { return }
        try await call(8) { call in
            call.message(8) { acknowledge in
                acknowledge.id(1, agent)
                acknowledge.id(2, task)
                acknowledge.data(3, event.uuid)
            }
        }
    }

    @discardableResult
    func decline(_ offers: [TestMessage], refuse: Double?) async throws -> Int {
        try await call(4) { call in
            call.message(5) { decline in
                for offer in offers { decline.id(1, offer.id(1) ?? "") }
                if let refuse { decline.message(2) { $0.double(1, refuse) } }
            }
        }
    }

    func revive() async throws { try await call(5) }
    func suppress() async throws { try await call(12) }
    func teardown() async throws { try await call(2) }

    func kill(_ task: String, agent: String? = nil, grace: Double? = nil) async throws {
        try await call(6) { call in
            call.message(6) { kill in
                kill.id(1, task)
                if let agent { kill.id(2, agent) }
                if let grace { kill.message(3) { $0.message(1) { $0.number(1, UInt64(grace * 1e9)) } } }
            }
        }
    }

    func reconcile(_ tasks: [(task: String, agent: String?)]) async throws {
        try await call(9) { call in
            call.message(9) { reconcile in
                for (task, agent) in tasks {
                    reconcile.message(1) { question in
                        question.id(1, task)
                        if let agent { question.id(2, agent) }
                    }
                }
            }
        }
    }

    /// ACCEPT of one offer.
    @discardableResult
    func accept(_ offer: TestMessage, refuse: Double = 0, _ operations: [TestOperation]) async throws -> Int {
        try await call(3) { call in
            call.message(4) { accept in
                accept.id(1, offer.id(1) ?? "")
                for operation in operations {
                    accept.data(2, operation.bytes(framework: frameworkID, agent: offer.id(3) ?? ""))
                }
                accept.message(3) { $0.double(1, refuse) }
            }
        }
    }

    // MARK: waiting

    func offers(within seconds: Double = 15) async throws -> [TestMessage] {
        try await log.next("OFFERS", within: seconds) { $0.kind == .offers }.offers
    }

    /// The next update of a task in this state; all updates until then are acknowledged, and it too unless told otherwise.
    @discardableResult
    func update(_ task: String, _ state: String, acknowledged: Bool = true) async throws -> TestEvent {
        while true {
            let event = try await log.next("\(task) \(state)") { $0.kind == .update }
            let isIt = event.task == task && event.state == state
            if !event.uuid.isEmpty, acknowledged || !isIt { try await acknowledge(event) }
            if isIt { return event }
        }
    }

    /// Acknowledges all updates until the pod and each of its tasks has ended, and tells them in order.
    ///
    /// The pod's end may be told before a task's, whose earlier updates were acknowledged late (10-launch-group).
    func finish(_ executor: String, _ tasks: [String]) async throws -> [TestEvent] {
        let ends: Set<String?> = ["FINISHED", "FAILED", "KILLED"]
        var events: [TestEvent] = []
        var open = Set(tasks)
        var isOver = false
        while !isOver || !open.isEmpty {
            let event = try await log.next("the end of \(executor)") { $0.kind == .update || $0.kind == .failure }
            events.append(event)
            if event.kind == .failure { isOver = event.message.message(7)?.id(2) == executor }
            if !event.uuid.isEmpty { try await acknowledge(event) }
            if ends.contains(event.state), let task = event.task { open.remove(task) }
        }
        return events
    }
}

enum TestHTTP {
    /// A POST to the scheduler endpoint.
    static func call(_ body: [UInt8], streamID: String? = nil, type: String = "application/x-protobuf") -> [UInt8] {
        var head = "POST /api/v1/scheduler HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-protobuf\r\n"
        head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
        if let streamID { head += "Mesos-Stream-Id: \(streamID)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    static func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8) }

    /// A JSON document of the master.
    static func document(_ address: String, _ path: String) async throws -> [String: Any] {
        let answer = try await TestConnection.exchange(address, get(path))
        return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
    }
}
