import Mesos
import Model
import Testing

/// Events that no master has sent us, and one day might.
@Suite("Event decoding")
struct EventDecodingTests {
    private func decode(_ type: Int, _ field: UInt64, _ body: WireMessage) throws -> SchedulerEvent {
        try SchedulerEvent(record: WireMessage().with(1, type).with(field, body).bytes)
    }

    private func code(_ type: Int, _ field: UInt64, _ body: WireMessage) -> MesosError.Code? {
        do {
            _ = try decode(type, field, body)
            return nil
        } catch {
            return (error as? MesosError)?.code
        }
    }

    private func offer(_ id: String, _ resource: WireMessage? = nil) -> WireMessage {
        let offer = WireMessage().with(1, value: id).with(2, value: "F").with(3, value: "S").with(4, "host")
        return resource.map { offer.with(5, $0) } ?? offer
    }

    private func scalar(_ value: Double) -> WireMessage {
        WireMessage().with(1, "cpus").with(2, 0).with(3, WireMessage().with(1, value))
    }

    private func status(_ state: Int) -> WireMessage { WireMessage().with(1, value: "t").with(2, state) }

    private func update(_ status: WireMessage) throws -> TaskUpdate {
        guard case .update(let update) = try decode(4, 5, WireMessage().with(1, status)) else {
            throw CancellationError()
        }
        return update
    }

    @Test("one bad offer costs no other, and still has an id to decline it by")
    func badOfferAmongGoodOnes() throws {
        let bad: [(String, WireMessage)] = [
            ("nan", offer("nan", scalar(.nan))), ("negative", offer("negative", scalar(-1))),
            ("huge", offer("huge", scalar(1e300))),
            ("no type", offer("no type", WireMessage().with(1, "cpus"))),
            ("text", offer("text", WireMessage().with(1, "x").with(2, 3))),
            ("unknown type", offer("unknown type", WireMessage().with(1, "x").with(2, 9))),
            ("no agent", WireMessage().with(1, value: "no agent").with(2, value: "F").with(4, "host")),
            (
                "backwards",
                offer(
                    "backwards",
                    WireMessage().with(1, "ports").with(2, 1)
                        .with(4, WireMessage().with(1, WireMessage().with(1, 9).with(2, 1)))
                )
            ),
            ("cut", WireMessage().with(1, value: "cut").with(2, .bytes([0x0a, 0x7f]))),
        ]
        var list = WireMessage().with(1, offer("first", scalar(4)))
        for (_, message) in bad { list = list.with(1, message) }
        list = list.with(1, offer("last")).with(1, WireMessage()).with(1, .bytes([0xff]))
        guard case .offers(let good, let undecodable) = try decode(2, 3, list) else { throw CancellationError() }
        #expect(good.map(\.id.value) == ["first", "last"])
        #expect(good.first?.resources == [Resource(name: "cpus", value: .scalar(thousandths: 4_000))])
        #expect(undecodable.map { $0.id?.value } == bad.map(\.0) + [nil, nil])
        #expect(undecodable.allSatisfy { $0.fault.code.hasPrefix("mesos.") })
    }

    @Test("a list of offers that breaks off keeps those before the break")
    func brokenList() throws {
        let list = WireMessage().with(1, offer("good")).bytes + [0x0a, 0x7f, 0x01]
        guard case .offers(let good, let undecodable) = try decode(2, 3, WireMessage(), raw: list) else {
            throw CancellationError()
        }
        #expect(good.map(\.id.value) == ["good"])
        #expect(undecodable.map(\.id) == [nil])
    }

    private func decode(_ type: Int, _ field: UInt64, _ body: WireMessage, raw: [UInt8]) throws -> SchedulerEvent {
        try SchedulerEvent(record: WireMessage().with(1, type).with(field, .bytes(raw)).bytes)
    }

    @Test(
        "amounts are rounded to thousandths as Mesos does it",
        arguments: [(0.1, 100), (4.0004, 4_000), (2.0005, 2_001), (0, 0)]
    )
    func rounding(value: Double, thousandths: Int64) throws {
        let list = WireMessage().with(1, offer("o", scalar(value)))
        guard case .offers(let good, _) = try decode(2, 3, list) else { throw CancellationError() }
        #expect(good.first?.resources.first?.value == .scalar(thousandths: thousandths))
    }

    @Test("attributes of every type become text")
    func attributes() throws {
        let range = WireMessage().with(1, 1).with(2, 5)
        let message = offer("o")
            .with(7, WireMessage().with(1, "text").with(2, 3).with(5, value: "ssd"))
            .with(7, WireMessage().with(1, "whole").with(2, 0).with(3, WireMessage().with(1, 4.0)))
            .with(7, WireMessage().with(1, "part").with(2, 0).with(3, WireMessage().with(1, 4.5)))
            .with(7, WireMessage().with(1, "ranges").with(2, 1).with(4, WireMessage().with(1, range).with(1, range)))
            .with(7, WireMessage().with(1, "set").with(2, 2).with(6, WireMessage().with(1, "a").with(1, "b")))
            .with(7, WireMessage().with(1, "new").with(2, 77))
        guard case .offers(let good, _) = try decode(2, 3, WireMessage().with(1, message)) else {
            throw CancellationError()
        }
        #expect(
            good.first?.attributes == [
                Label("text", "ssd"), Label("whole", "4"), Label("part", "4.5"), Label("ranges", "[1-5, 1-5]"),
                Label("set", "{a, b}"), Label("new", nil),
            ]
        )
    }

    @Test("what a plain task must not use is marked, each kind of it", arguments: [7, 9, 10, 12] as [UInt64])
    func special(field: UInt64) throws {
        let resource = scalar(1).with(field, WireMessage().with(1, value: "x"))
        guard case .offers(let good, _) = try decode(2, 3, WireMessage().with(1, offer("o", resource))) else {
            throw CancellationError()
        }
        #expect(good.first?.resources.first?.special == true)
    }

    @Test("a reservation in the old form is read like one in the new")
    func oldReservation() throws {
        let dynamic = scalar(1).with(6, "r").with(8, WireMessage().with(1, "p"))
        let fixed = scalar(1).with(6, "r")
        let message = offer("o").with(5, dynamic).with(5, fixed).with(5, scalar(1).with(6, "*"))
        guard case .offers(let good, _) = try decode(2, 3, WireMessage().with(1, message)) else {
            throw CancellationError()
        }
        #expect(
            good.first?.resources.map(\.reservations) == [
                [.init(dynamic: true, role: "r", principal: "p")], [.init(dynamic: false, role: "r")], [],
            ]
        )
    }

    @Test("an unknown reason or source keeps its number, an unknown state is an error that names it")
    func unknownEnums() throws {
        let found = try update(status(1).with(9, 7).with(10, 4_711))
        #expect(found.source == "SOURCE_7")
        #expect(found.reason == "REASON_4711")
        #expect(try update(status(1).with(10, 28)).reason == "REASON_TASK_CHECK_STATUS_UPDATED")
        #expect(try update(status(1).with(10, -1)).reason == "REASON_-1")
        #expect(code(4, 5, WireMessage().with(1, status(14))) == .badValue)
        #expect(code(4, 5, WireMessage().with(1, status(-1))) == .badValue)
    }

    @Test("every state of the schema is one of ours")
    func states() throws {
        #expect(Set(try (0...13).map { try update(status($0)).state }) == Set(TaskState.allCases))
    }

    @Test("a long message is cut to 4 KiB at a character's boundary", arguments: 0...3)
    func longMessage(shift: Int) throws {
        let text = String(repeating: "x", count: shift) + String(repeating: "🎭", count: 2_000)
        let message = try #require(try update(status(3).with(4, text)).message)
        #expect(message.utf8.count <= 4_096)
        #expect(message.utf8.count > 4_092)
        #expect(text.hasPrefix(message))
        #expect(!message.contains("\u{fffd}"))
    }

    @Test("invalid UTF-8 is repaired, not fatal")
    func invalidUTF8() throws {
        #expect(try update(status(3).with(4, .bytes([0x61, 0xff, 0x62]))).message == "a\u{fffd}b")
        let all = [UInt8](repeating: 0x80, count: 5_000)
        #expect(try update(status(3).with(4, .bytes(all))).message?.isEmpty == false)
    }

    @Test("an id with a zero byte does not stand for a shorter one")
    func zeroByteInID() throws {
        let status = WireMessage().with(1, WireMessage().with(1, .bytes([0x74, 0, 0x75]))).with(2, 1)
        #expect(try update(status).taskID == TaskID("t\0u"))
    }

    @Test("an empty uuid is none, and a monstrous one or a monstrous id is refused")
    func sizes() throws {
        #expect(try update(status(1).with(11, .bytes([]))).uuid == nil)
        #expect(try update(status(1).with(11, .bytes([1, 2]))).uuid == [1, 2])
        #expect(
            code(4, 5, WireMessage().with(1, status(1).with(11, .bytes(Array(repeating: 1, count: 65))))) == .badValue
        )
        let long = String(repeating: "x", count: 4_097)
        #expect(code(3, 4, WireMessage().with(1, value: long)) == .badValue)
    }

    @Test("a missing part is an error that says which")
    func missing() {
        #expect(code(4, 5, WireMessage().with(1, WireMessage().with(2, 1))) == .malformed)
        #expect(code(4, 5, WireMessage().with(1, WireMessage().with(1, value: "").with(2, 1))) == .missingField)
        #expect(code(3, 5, WireMessage().with(1, status(1))) == .missingField)
        #expect(code(2, 5, WireMessage().with(1, status(1))) == .missingField)
        for record in [[], [0x10, 0x01], [0x22, 0x00]] as [[UInt8]] {
            #expect { try SchedulerEvent(record: record) } throws: { ($0 as? MesosError)?.code == .missingField }
        }
    }

    @Test(
        "a type that we do not use is told by its number, whatever it holds",
        arguments: [0, 9, 10, 11, 12, -1, Int(Int32.max)]
    )
    func unknownType(type: Int) throws {
        #expect(try decode(type, 9, WireMessage().with(1, "?")) == .unknown(type: Int32(type)))
    }

    @Test("a message from an executor is bytes, and a lost agent has no executor")
    func others() throws {
        let message = WireMessage().with(1, value: "S").with(2, value: "E").with(3, .bytes([0, 1]))
        #expect(
            try decode(5, 6, message) == .message(agentID: AgentID("S"), executorID: ExecutorID("E"), bytes: [0, 1])
        )
        let failure = WireMessage().with(1, value: "S")
        #expect(try decode(6, 7, failure) == .failure(agentID: AgentID("S"), executorID: nil, status: nil))
        #expect(try SchedulerEvent(record: [0x08, 0x08]) == .heartbeat)
    }
}
