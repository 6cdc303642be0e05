import Foundation
import Mesos
import Model

/// What the recorder's own decoding of an event must become in our types.
extension SchedulerEvent {
    init(expected event: [String: Any]) throws {
        let type = event["type"] as? String
        let body = event[(type ?? "").lowercased()] as? [String: Any] ?? [:]
        switch type {
        case "SUBSCRIBED":
            let master = body["master_info"] as? [String: Any]
            self = .subscribed(
                Subscription(
                    frameworkID: FrameworkID(wrapped(body, "framework_id") ?? ""),
                    heartbeatInterval: body["heartbeat_interval_seconds"] as? Double,
                    masterID: master?["id"] as? String,
                    masterHostname: master?["hostname"] as? String,
                    masterVersion: master?["version"] as? String
                )
            )
        case "HEARTBEAT": self = .heartbeat
        case "OFFERS":
            let offers = body["offers"] as? [[String: Any]] ?? []
            self = .offers(try offers.map(Offer.init(expected:)), undecodable: [])
        case "RESCIND": self = .rescind(OfferID(wrapped(body, "offer_id") ?? ""))
        case "UPDATE": self = .update(try TaskUpdate(expected: body["status"] as? [String: Any] ?? [:]))
        case "FAILURE":
            self = .failure(
                agentID: wrapped(body, "agent_id").map(AgentID.init),
                executorID: wrapped(body, "executor_id").map(ExecutorID.init),
                status: (body["status"] as? Int).map(Int32.init)
            )
        case "ERROR": self = .error(body["message"] as? String ?? "")
        case "UPDATE_OPERATION_STATUS": self = .unknown(type: 11)
        case .some, nil: throw CocoaError(.coderInvalidValue)
        }
    }
}

extension SchedulerEvent {
    /// Foundation reads a decimal to within one bit; the wire has the double itself.
    func nudged(to found: SchedulerEvent) -> SchedulerEvent {
        guard case .update(var update) = self, case .update(let other) = found else { return self }
        if let time = update.timestamp, let exact = other.timestamp, abs(time - exact) < 1e-6 {
            update.timestamp = exact
        }
        return .update(update)
    }
}

extension Offer {
    fileprivate init(expected offer: [String: Any]) throws {
        let address = (offer["url"] as? [String: Any])?["address"] as? [String: Any]
        let attributes = offer["attributes"] as? [[String: Any]] ?? []
        self.init(
            id: OfferID(wrapped(offer, "id") ?? ""),
            agentID: AgentID(wrapped(offer, "agent_id") ?? ""),
            hostname: offer["hostname"] as? String ?? "",
            address: address?["ip"] as? String,
            port: address?["port"] as? Int,
            resources: try (offer["resources"] as? [[String: Any]] ?? []).map(Resource.init(expected:)),
            attributes: attributes.map {
                Label($0["name"] as? String ?? "", ($0["text"] as? [String: Any])?["value"] as? String)
            },
            role: (offer["allocation_info"] as? [String: Any])?["role"] as? String
        )
    }
}

extension Resource {
    fileprivate init(expected resource: [String: Any]) throws {
        let value: Value
        switch resource["type"] as? String {
        case "SCALAR":
            let amount = (resource["scalar"] as? [String: Any])?["value"] as? Double ?? -1
            value = .scalar(thousandths: Int64((amount * 1_000).rounded()))
        case "RANGES":
            let ranges = (resource["ranges"] as? [String: Any])?["range"] as? [[String: Any]] ?? []
            value = .ranges(ranges.map { whole($0["begin"])...whole($0["end"]) })
        case .some, nil: throw CocoaError(.coderInvalidValue)
        }
        self.init(
            name: resource["name"] as? String ?? "",
            value: value,
            allocatedTo: (resource["allocation_info"] as? [String: Any])?["role"] as? String,
            reservations: (resource["reservations"] as? [[String: Any]] ?? []).map(Reservation.init(expected:)),
            special: resource["disk"] != nil
        )
    }
}

extension Resource.Reservation {
    fileprivate init(expected reservation: [String: Any]) {
        let labels = (reservation["labels"] as? [String: Any])?["labels"] as? [[String: String]] ?? []
        self.init(
            dynamic: reservation["type"] as? String == "DYNAMIC",
            role: reservation["role"] as? String ?? "",
            principal: reservation["principal"] as? String,
            labels: labels.map { Label($0["key"] ?? "", $0["value"]) }
        )
    }
}

extension TaskUpdate {
    fileprivate init(expected status: [String: Any]) throws {
        let check = (status["check_status"] as? [String: Any])?["command"] as? [String: Any]
        let networks = (status["container_status"] as? [String: Any])?["network_infos"] as? [[String: Any]]
        let addresses = networks?.first?["ip_addresses"] as? [[String: Any]]
        guard let state = TaskState(rawValue: status["state"] as? String ?? "") else {
            throw CocoaError(.coderInvalidValue)
        }
        self.init(
            taskID: TaskID(wrapped(status, "task_id") ?? ""),
            state: state,
            source: status["source"] as? String,
            reason: status["reason"] as? String,
            message: status["message"] as? String,
            agentID: wrapped(status, "agent_id").map(AgentID.init),
            executorID: wrapped(status, "executor_id").map(ExecutorID.init),
            uuid: (status["uuid"] as? String).flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) },
            timestamp: status["timestamp"] as? Double,
            checkExitCode: (check?["exit_code"] as? Int).map(Int32.init),
            containerAddress: addresses?.first?["ip_address"] as? String
        )
    }
}

/// A 64-bit number: protobuf's own JSON writes it as text, the master's as a number.
private func whole(_ value: Any?) -> UInt64 { (value as? String).flatMap { UInt64($0) } ?? value as? UInt64 ?? 0 }

private func wrapped(_ object: [String: Any], _ key: String) -> String? {
    (object[key] as? [String: Any])?["value"] as? String
}
