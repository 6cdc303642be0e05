import Foundation
import Model
import Synchronization
import Testing

@testable import Portworx

/// A gateway that expects calls in an order, answers each as told, and remembers them.
final class ScriptedGateway: GatewayTransport {
    struct Step: Sendable {
        let method: String
        let path: String
        let result: Result<GatewayAnswer, PortworxError>

        /// The recorded call, and its recorded answer.
        static func recorded(_ name: String) throws -> Step {
            let call = try RecordedCall.named(name)
            return on(call.method, call.target, call.status, call.answer)
        }

        static func on(_ method: String, _ path: String, _ status: Int = 200, _ body: String = "{}") -> Step {
            Step(
                method: method,
                path: path,
                result: .success(GatewayAnswer(status: status, body: Array(body.utf8)))
            )
        }

        static func on(_ method: String, _ path: String, fails error: PortworxError) -> Step {
            Step(method: method, path: path, result: .failure(error))
        }

        /// A search by name or labels that finds these.
        static func search(_ volumes: String...) -> Step {
            let found = volumes.map { "{\"volume\":\($0)}" }.joined(separator: ",")
            return on("POST", "/v1/volumes/inspectwithfilters", 200, found.isEmpty ? "{}" : "{\"volumes\":[\(found)]}")
        }

        /// An inspection that finds this one.
        static func inspect(_ id: String, _ volume: String) -> Step {
            on("GET", "/v1/volumes/inspect/\(id)", 200, "{\"volume\":\(volume)}")
        }
    }

    private let state: Mutex<(steps: ArraySlice<Step>, calls: [GatewayCall])>

    init(_ steps: [Step]) { state = Mutex((steps[...], [])) }

    /// A client of it.
    var client: PortworxClient { PortworxClient(transport: self) }

    var calls: [GatewayCall] { state.withLock { $0.calls } }
    /// `METHOD path`, in order.
    var names: [String] { calls.map(\.name) }
    /// True when every call that was expected has come.
    var isDone: Bool { state.withLock { $0.steps.isEmpty } }

    func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer {
        let step = state.withLock { state in
            state.calls.append(call)
            return state.steps.popFirst()
        }
        guard let step, step.method == call.method, step.path == call.path else {
            Issue.record("\(call.name), where \(step.map { "\($0.method) \($0.path)" } ?? "nothing") was expected")
            throw PortworxError(.refused, "not in the script")
        }
        return try step.result.get()
    }

    /// The body of a call, read again.
    func body(_ index: Int) throws -> NSDictionary {
        try json(try #require(calls[index].body).map { $0 })
    }
}

func json(_ bytes: [UInt8]) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
}

func json(_ text: String) throws -> NSDictionary { try json(Array(text.utf8)) }

/// A volume as the gateway writes it.
func volume(
    _ id: String,
    named name: String,
    of parent: String = Recorded.production,
    labels: [String: String] = [:],
    spec: String = "",
    status: String = "VOLUME_STATUS_UP",
    rest: String = ""
) -> String {
    let labels = labels.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
    return """
        {"id":"\(id)","source":{"parent":"\(parent)"},"locator":{"name":"\(name)","volume_labels":{\(labels)}},\
        "spec":{"size":"1024"\(spec)},"status":"\(status)"\(rest)}
        """
}

/// The error that a read ends with.
func failure<Value>(_ body: () async throws(PortworxError) -> Value) async -> PortworxError? {
    do throws(PortworxError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension Outcome {
    var value: Value? {
        if case .done(let value) = self { value } else { nil }
    }

    var refusal: Fault? {
        if case .refused(let fault) = self { fault } else { nil }
    }

    var doubt: Fault? {
        if case .unknown(let fault) = self { fault } else { nil }
    }
}
