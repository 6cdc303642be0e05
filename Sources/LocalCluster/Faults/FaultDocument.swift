/// Faults as JSON, as `docs/local-cluster.md` describes them.
enum FaultDocument {
    /// What all fields but those of the effect are.
    private static let commonFields: Set<String> = [
        "effect", "server", "route", "volume", "agent", "rate", "count", "seed",
    ]

    /// Reads `{"faults": {NAME: {…}}}`.
    ///
    /// - Throws: for anything that is not exactly that.
    static func faults(_ value: JSONValue) throws(FaultRefusal) -> [String: Fault] {
        guard case .object(let members) = value, Set(members.keys) == ["faults"],
            case .object(let faults)? = members["faults"]
        else { throw FaultRefusal(#"expected {"faults": {NAME: FAULT, …}}"#) }
        var read: [String: Fault] = [:]
        for (name, value) in faults { read[name] = try fault(value, named: name) }
        return read
    }

    /// Reads one.
    ///
    /// - Throws: for a field that is unknown, missing or of the wrong type.
    static func fault(_ value: JSONValue, named name: String) throws(FaultRefusal) -> Fault {
        let fields = try FaultFields(value, of: name)
        let (effect, own) = try effect(fields)
        try fields.expectOnly(commonFields.union(own))
        let filter = Fault.Filter(
            server: try fields.choice("server"),
            route: try fields.text("route"),
            volume: try fields.text("volume"),
            agent: try fields.text("agent")
        )
        return Fault(
            effect,
            on: filter,
            rate: try fields.number("rate") ?? 1,
            count: try fields.integer("count").map(Int.init),
            seed: UInt64(bitPattern: try fields.integer("seed") ?? 1)
        )
    }

    private static func effect(_ fields: FaultFields) throws(FaultRefusal) -> (Fault.Effect, own: Set<String>) {
        let kind = try fields.required("effect", fields.text("effect"))
        func seconds() throws(FaultRefusal) -> Double { try fields.required("seconds", fields.number("seconds")) }
        switch kind {
        case "delay": return (.delay(seconds: try seconds()), ["seconds"])
        case "error":
            let status = try fields.required("status", fields.integer("status"))
            return (.error(status: Int(status)), ["status"])
        case "answerLost": return (.answerLost, [])
        case "streamCut": return (.streamCut, [])
        case "duplicateUpdate": return (.duplicateUpdate, [])
        case "lateUpdate": return (.lateUpdate(seconds: try seconds()), ["seconds"])
        case "staysAttached": return (.staysAttached(seconds: try seconds()), ["seconds"])
        case "failedSnapshot": return (.failedSnapshot(try fields.choice("left") ?? .inError), ["left"])
        case "staleListing": return (.staleListing(seconds: try seconds()), ["seconds"])
        case "agentUnreachable": return (.agentUnreachable(seconds: try seconds()), ["seconds"])
        case "agentGone": return (.agentGone, [])
        case "masterRestart":
            var restart = Fault.MasterRestart(
                keepsRegistry: try fields.required("keepsRegistry", fields.bool("keepsRegistry"))
            )
            if let down = try fields.number("down") { restart.down = down }
            if let back = try fields.number("agentsBack") { restart.agentsBack = back }
            return (.masterRestart(restart), ["keepsRegistry", "down", "agentsBack"])
        default: throw FaultRefusal("\(fields.name): there is no effect \(kind.prefix(40))")
        }
    }

    // MARK: writing

    /// Writes all, with what has become of each.
    static func document(_ listed: [Faults.Listed]) -> JSONValue {
        .object([
            "stand_in": .string("understudy local cluster: what goes wrong here goes wrong on purpose"),
            "faults": .object(Dictionary(uniqueKeysWithValues: listed.map { ($0.name, document($0)) })),
        ])
    }

    static func document(_ listed: Faults.Listed) -> JSONValue {
        let fault = listed.fault
        var members = members(of: fault.effect)
        members["server"] = fault.filter.server.map { .string($0.rawValue) }
        members["route"] = fault.filter.route.map { .string($0) }
        members["volume"] = fault.filter.volume.map { .string($0) }
        members["agent"] = fault.filter.agent.map { .string($0) }
        members["rate"] = .real(fault.rate)
        members["count"] = fault.count.map { .integer(Int64($0)) }
        members["seed"] = .integer(Int64(bitPattern: fault.seed))
        members["seen"] = .integer(Int64(listed.seen))
        members["happened"] = .integer(Int64(listed.happened))
        return .object(members)
    }

    private static func members(of effect: Fault.Effect) -> [String: JSONValue] {
        func with(_ name: String, _ seconds: Double) -> [String: JSONValue] {
            ["effect": .string(name), "seconds": .real(seconds)]
        }
        return switch effect {
        case .delay(let seconds): with("delay", seconds)
        case .error(let status): ["effect": .string("error"), "status": .integer(Int64(status))]
        case .answerLost: ["effect": .string("answerLost")]
        case .streamCut: ["effect": .string("streamCut")]
        case .duplicateUpdate: ["effect": .string("duplicateUpdate")]
        case .lateUpdate(let seconds): with("lateUpdate", seconds)
        case .staysAttached(let seconds): with("staysAttached", seconds)
        case .failedSnapshot(let left): ["effect": .string("failedSnapshot"), "left": .string(left.rawValue)]
        case .staleListing(let seconds): with("staleListing", seconds)
        case .agentUnreachable(let seconds): with("agentUnreachable", seconds)
        case .agentGone: ["effect": .string("agentGone")]
        case .masterRestart(let restart):
            [
                "effect": .string("masterRestart"), "keepsRegistry": .bool(restart.keepsRegistry),
                "down": .real(restart.down), "agentsBack": .real(restart.agentsBack),
            ]
        }
    }
}
