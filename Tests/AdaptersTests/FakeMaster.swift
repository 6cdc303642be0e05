import Foundation
import Model
import Synchronization

@testable import Mesos

/// A master that says what it is told to, takes every call, and remembers them.
final class FakeMaster: MasterTransport {
    private let records: [[UInt8]]
    private let state = Mutex((calls: [Wire](), opened: 0))

    /// - Parameter events: what comes on the first stream, after which it is silent; the second is silent at once.
    init(_ events: [[UInt8]]) { records = events }

    /// Without SUBSCRIBE.
    var calls: [Wire] { state.withLock { $0.calls } }

    func calls(_ type: UInt64) -> [Wire] { calls.filter { $0.number(2) == type } }

    /// Looks until so many calls of this type have come.
    func until(_ count: Int, of type: UInt64) async {
        while calls(type).count < count, !Task.isCancelled { await Task.yield() }
    }

    func send(_ request: MasterRequest) async throws(MesosError) -> MasterAnswer {
        guard let call = Wire(request.body) else { throw MesosError(.malformed, "no call", retry: .never) }
        state.withLock { $0.calls.append(call) }
        return MasterAnswer(status: 202, headers: [:], body: [])
    }

    func open(_ request: MasterRequest) async throws(MesosError) -> any MasterStream {
        let isFirst = state.withLock { state in
            state.opened += 1
            return state.opened == 1
        }
        return FakeStream(isFirst ? records : [])
    }
}

private final class FakeStream: MasterStream {
    let head = MasterAnswer(
        status: 200,
        headers: ["content-type": "application/x-protobuf", "mesos-stream-id": "s"],
        body: []
    )
    private let records: Mutex<ArraySlice<[UInt8]>>

    init(_ records: [[UInt8]]) { self.records = Mutex(records[...]) }

    func cancel() {}

    func next(within limit: Span) async throws(MesosError) -> [UInt8]? {
        if let record = records.withLock({ $0.popFirst() }) { return Array("\(record.count)\n".utf8) + record }
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
        throw MesosError(.streamBroken, "cancelled", retry: .safe)
    }
}
