import API
import HTTPTypes
import Hummingbird
import Model
import NIOCore

extension ControlResponder {
    /// Whether the scheduler still answers, whatever it can do.
    func alive() async -> ControlAnswer {
        let isAlive = await life.answers { [service] in _ = await service.health() }
        return ControlAnswer(isAlive ? 200 : 503, AliveView(alive: isAlive, role: .leader))
    }

    func serviceStatus() async -> ControlAnswer { ControlAnswer(ServiceStatus(await service.situation())) }

    func plans() async -> ControlAnswer { ControlAnswer(200, await service.plans().map(\.description)) }

    func plan(_ name: PlanView.Name) async throws(APIRefusal) -> ControlAnswer {
        switch name {
        case .deploy: return ControlAnswer(await service.deployPlan())
        case .run(let id):
            guard let run = try await service.run(id) else {
                return ControlAnswer(
                    APIRefusal(status: 404, code: "api.unknown_plan", message: "there is no plan \(name)")
                )
            }
            return ControlAnswer(PlanView(run: run))
        }
    }

    func endpoints() async -> ControlAnswer {
        let runs = await service.endpoints().keys.sorted()
        let names = [ClusterEndpointView.Name.api] + runs.map { .cassandra($0) }
        return ControlAnswer(200, names.map(\.description))
    }

    func endpoint(_ name: ClusterEndpointView.Name, on channel: any Channel) async -> ControlAnswer {
        switch name {
        case .api:
            guard let address = service.advertised ?? Self.local(channel) else { break }
            return ControlAnswer(200, ClusterEndpointView(address: [address]))
        case .cassandra(let id):
            guard let view = await service.endpoints()[id] else { break }
            return ControlAnswer(200, view)
        }
        let message = "there is no endpoint \(name) now"
        return ControlAnswer(APIRefusal(status: 404, code: "api.unknown_endpoint", message: message))
    }

    /// The caller has reached us there.
    private static func local(_ channel: any Channel) -> String? {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return nil
        }
        return Authority.text(host: host, port: port)
    }

    /// As Cosmos reads it: a list of one text.
    func frameworkID() async -> ControlAnswer {
        guard let id = await service.health().frameworkId else {
            let message = "the Mesos master has given us no id"
            return ControlAnswer(APIRefusal(status: 404, code: "api.no_framework", message: message))
        }
        return ControlAnswer(200, [id])
    }

    func uninstall(_ request: Request) async throws -> ControlAnswer {
        try await reading(request, EmptyRequest.read) { _ in
            switch await service.uninstall() {
            case .success(let plan): ControlAnswer(plan)
            case .failure(let refusal): ControlAnswer(refusal)
            }
        }
    }

    func putSource(_ name: SourceName, _ request: Request) async throws -> ControlAnswer {
        try await reading(request, Self.raw) { document in
            guard document.count <= SourceLimits.documentBytesMax else {
                let message = "a source's document may have at most \(SourceLimits.documentBytesMax) bytes"
                let code = APIError.Code.bodyTooLarge.description
                return ControlAnswer(APIRefusal(status: 413, code: code, message: message))
            }
            switch await service.putSource(name, document) {
            case .success(let source): return ControlAnswer(200, source)
            case .failure(let refusal): return ControlAnswer(refusal)
            }
        }
    }

    /// A body whose reader is elsewhere.
    static func raw(_ bytes: [UInt8]) throws(APIError) -> [UInt8] { bytes }

    func removeSource(_ name: SourceName) async -> ControlAnswer {
        switch await service.removeSource(name) {
        case .success: ControlAnswer(204)
        case .failure(let refusal): ControlAnswer(refusal)
        }
    }
}

extension ControlAnswer {
    /// The UI takes any code of 300 or more for a plan that cannot be read, whatever the plan says.
    init(_ plan: PlanView) { self.init(plan.isOver ? 200 : 202, plan) }

    /// The code is what the UI makes its word of.
    init(_ status: ServiceStatus) { self.init(status.code.rawValue, status) }
}
