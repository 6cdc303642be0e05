import Hummingbird

/// Where calls to the master and its events meet the faults.
struct MasterEdge: Sendable {
    let master: Master
    let faults: Faults
    /// Nil asks nobody who they are.
    let identity: IdentityService?

    /// What faults ask about a call.
    func message(of call: MasterCall) -> FaultMessage {
        var message = FaultMessage(server: .mesos, kind: .call, route: "")
        var agents: [String?] = []
        switch call.body {
        case .subscribe: message.route = "SUBSCRIBE"
        case .teardown: message.route = "TEARDOWN"
        case .accept(_, let operations, _):
            message.route = "ACCEPT"
            let tasks = operations.flatMap(Self.tasks)
            agents = tasks.map(\.agent)
            message.volumes = Set(tasks.flatMap(\.mounts).map(\.name))
        case .decline: message.route = "DECLINE"
        case .revive: message.route = "REVIVE"
        case .suppress: message.route = "SUPPRESS"
        case .kill(_, let agent, _):
            message.route = "KILL"
            agents = [agent]
        case .acknowledge: message.route = "ACKNOWLEDGE"
        case .reconcile(let questions):
            message.route = "RECONCILE"
            agents = questions.map(\.agent)
        case .shutdown(_, let agent):
            message.route = "SHUTDOWN"
            agents = [agent]
        case .ignored: message.route = "OTHER"
        }
        message.agents = hostnames(agents)
        return message
    }

    /// What faults ask about an event.
    func message(of record: MasterEvent.Record) -> FaultMessage {
        FaultMessage(server: .mesos, kind: .event, route: record.route, agents: hostnames(Array(record.agents)))
    }

    private func hostnames(_ agents: [String?]) -> Set<String> {
        Set(agents.compactMap { $0.flatMap { master.hostnames[$0] } })
    }

    private static func tasks(of operation: MasterCall.Operation) -> [TaskDescription] {
        switch operation {
        case .launch(let tasks), .launchGroup(_, let tasks): tasks
        case .other: []
        }
    }
}

/// Sends one subscription's events past the faults.
struct EventSender: Sendable {
    /// What ends a stream whose connection was cut.
    private struct Cut: Error {}

    let edge: MasterEdge
    let stream: EventStream
    let items: AsyncStream<EventStream.Item>

    /// Returns when the master has ended the stream.
    ///
    /// - Throws: when the connection is gone, or was cut.
    @concurrent
    func send(to writer: inout any ResponseBodyWriter, _ line: Line) async throws {
        for await item in items {
            switch item {
            case .record(let record): try await send(record, to: &writer, line)
            case .late(let record): try await writer.write(ByteBuffer(bytes: record.bytes))
            case .cut:
                line.cut()
                throw Cut()
            }
        }
    }

    @concurrent
    private func send(_ record: MasterEvent.Record, to writer: inout any ResponseBodyWriter, _ line: Line) async throws
    {
        let met = edge.faults.meet(edge.message(of: record))
        await edge.faults.wait(met.delay)
        if met.isStreamCut {
            try await writer.write(ByteBuffer(bytes: record.bytes.prefix(record.bytes.count / 2)))
            line.cut()
            throw Cut()
        }
        if let seconds = met.lateBy {
            Task {
                await edge.faults.wait(seconds)
                stream.yieldLate(record)
            }
        } else {
            try await writer.write(ByteBuffer(bytes: record.bytes))
        }
        if met.isDuplicated { try await writer.write(ByteBuffer(bytes: record.bytes)) }
    }
}
