import FoundationEssentials
import Lifecycle
import Model
import Testing

@testable import API
@testable import ControlAPI

@Suite("docs/openapi.yaml")
struct OpenAPITests {
    private let document: DocumentOutline

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        document = try DocumentOutline(contentsOf: root.appending(path: "docs/openapi.yaml").path)
    }

    @Test("has every path and method that the server has, and no other")
    func operations() throws {
        let served = try ControlRoute.paths.flatMap { path in
            let route = try #require(ControlRoute(path: Self.filled(path)[...]))
            #expect(route.template == path)
            // HEAD goes without saying where GET is.
            return route.methods.filter { $0 != "HEAD" }.map { "\($0) \(path)" }
        }
        #expect(document.operations == served.sorted())
    }

    private static func filled(_ path: String) -> String {
        path.replacing("{id}", with: "r1").replacing("{sha256}", with: String(repeating: "a", count: 64))
            .replacing("{plan}", with: "deploy").replacing("{endpoint}", with: "api").replacing("{name}", with: "s")
    }

    private func names(_ value: some Encodable) throws -> Set<String> {
        guard case .object(let members) = try JSONTreeParser.parse(try APIJSON.bytes(value)) else { return [] }
        return Set(members.map(\.name))
    }

    @Test("has every field of every answer, and says that it is always there")
    func answers() throws {
        let moment = Timestamp(Instant(milliseconds: 0))
        let health = HealthView(subscribed: true, leader: true, store: true, portworx: true, since: moment)
        let holding = ForecastView.Holding(copies: [], cpus: 1, memoryMB: 1, ports: 1)
        let quota = SourceView.QuotaView(used: 1, limit: 2)
        let source = SourceView(
            name: SourceName("s"),
            volumes: [],
            image: "i",
            tier: .low,
            copy: "in-place",
            requiresTier: false,
            lease: .hours(1),
            leaseMax: .hours(8),
            runs: quota,
            snapshots: quota
        )
        let copy = CopyView(
            name: CopyName("c"),
            kind: "clone",
            state: "present",
            source: SourceName("s"),
            run: RunID("r"),
            holder: "run r",
            parent: VolumeID("1"),
            createdAt: moment
        )
        let plan = PlanView.deploy(standby: "s")
        let phase = try #require(plan.phases.first)
        let step = try #require(phase.steps.first)
        let encoded: [String: Set<String>] = [
            "RunView": try names(RunView(id: RunID("r"), source: SourceName("s"), phase: .requested)),
            "Endpoint": try names(RunView.Endpoint(host: "h", port: 1, user: "u")),
            "TierView": try names(RunView.TierView()),
            "TaskView": try names(RunView.TaskView(id: TaskID("t"), state: nil, agent: nil)),
            "PhaseEvent": try names(
                PhaseEvent(
                    phase: .init(phase: .ready, at: moment, seconds: nil),
                    run: .init(id: RunID("r"), source: SourceName("s"), phase: .ready)
                )
            ),
            "PhaseView": try names(RunView.PhaseView(phase: .ready, at: moment, seconds: nil)),
            "DataView": try names(RunView.DataView(at: moment)),
            "SealView": try names(RunView.SealView(step: nil)),
            "SealedIdentity": try names(
                CassandraIdentity(clusterName: "c", dataCenter: "d", rack: "r", numTokens: 1)
            ),
            "SealedKeyspace": try names(RunView.SealView.Keyspace(name: "k", replication: "r", complete: nil)),
            "SealStep": try names(RunView.SealView.Step(step: "s", seconds: nil)),
            "LoginView": try names(LoginView(user: "u", password: "p")),
            "LeaseView": try names(RunView.LeaseView()),
            "RefusalView": try names(RunView.RefusalView(reason: "r", count: 1)),
            "RunList": try names(RunList(runs: [])),
            "HealthView": try names(health),
            "LogView": try names(LogView(attempt: nil, offset: 0)),
            "ExplanationView": try names(
                ExplanationView(id: RunID("r"), sentence: "s", phase: .ready, since: moment, flow: "starved")
            ),
            "NearMiss": try names(ExplanationView.NearMiss(agent: "a", shortage: "s")),
            "ForecastView": try names(ForecastView(holds: holding)),
            "Holding": try names(holding),
            "Place": try names(ForecastView.Place(agent: "a", tier: nil, onReplica: true)),
            "SourceList": try names(SourceList(sources: [])),
            "SourceView": try names(source),
            "QuotaView": try names(source.runs),
            "CopyList": try names(CopyList(snapshots: [])),
            "CopyView": try names(copy),
            "SweepView": try names(SweepView(at: moment)),
            "SweepCounts": try names(SweepView.Counts()),
            "SweepEntryView": try names(
                SweepEntryView(name: "n", kind: "clone", state: "present", action: "keep", why: "w")
            ),
            "StuckView": try names(StuckView(since: moment, failures: 5, cause: "c", advice: "a")),
            "ServiceStatus": try names(ServiceStatus(standby: "s")),
            "AliveView": try names(AliveView(alive: true, role: .leader)),
            "PlanView": try names(plan),
            "PlanPhase": try names(phase),
            "PlanStep": try names(step),
            "ClusterEndpoint": try names(ClusterEndpointView(address: [])),
            "ErrorBody": try names(ErrorBody(code: "c", message: "m")),
        ]
        for (schema, names) in encoded {
            #expect(document.properties[schema] == names, "\(schema)")
            #expect(document.required[schema] == names, "\(schema)")
        }
        #expect(Set(document.properties.keys) == Set(encoded.keys).union(Self.requests).union(["ServerSentEvent"]))
    }

    private static let requests: Set = ["RunRequest", "Suite", "LeaseRequest", "OpenRequest"]

    @Test("has every field of a request")
    func requests() {
        #expect(document.properties["LeaseRequest"] == Set(LeaseRequest.fieldNames))
        #expect(document.properties["OpenRequest"] == Set(OpenRequest.fieldNames))
        #expect(document.properties["RunRequest"] == Set(RunRequest.fieldNames))
        #expect(document.properties["Suite"] == Set(RunRequest.Suite.fieldNames))
        #expect(document.required["RunRequest"] == ["source"])
        #expect(document.required["Suite"] == ["image", "command"])
    }

    @Test("has every word")
    func words() {
        #expect(document.values["RunPhase"] == Phase.allCases.map(\.rawValue))
        #expect(document.values["RunResult"] == RunResult.allCases.map(\.rawValue))
        #expect(document.values["Tier"] == Tier.allCases.map(\.rawValue))
        #expect(document.values["OfferFlow"] == Explanation.Flow.allCases.map(\.rawValue))
        #expect(document.values["SweepAction"] == SweepPlan.Action.allCases.map(\.rawValue))
        #expect(document.values["SweepKind"] == SweepPlan.Kind.allCases.map(\.rawValue))
        #expect(document.values["PlanStatus"] == PlanView.Status.allCases.map(\.rawValue))
        #expect(document.values["ServiceCode"] == ServiceStatus.Code.allCases.map { "\($0.rawValue)" })
        #expect(document.values.count == 8)
    }
}
