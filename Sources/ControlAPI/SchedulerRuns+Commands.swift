public import API
import Lifecycle
public import Model
import Scheduler

extension SchedulerRuns {
    /// Durable when it answers.
    public func command(_ order: RunOrder, on id: RunID) async -> Result<RunView, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        let command: RunCommand =
            switch order {
            case .keep(let span): .keep(span)
            case .extend(let span): .extend(span)
            case .reset: .reset
            }
        switch await scheduler.obey(command, id) {
        case .success(let run): return .success(RunView(run, in: await scheduler.state))
        case .failure(let refusal): return .failure(APIRefusal(refusal))
        }
    }

    /// Durable when it answers.
    public func open(_ id: RunID, _ request: OpenRequest, by caller: Caller) async -> Submission {
        guard let source = await scheduler.state.source(of: id) else {
            return .refused(APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run \(id)"))
        }
        return await submit(
            RunSpec(
                key: request.key,
                source: source,
                lease: request.lease,
                opens: id,
                owner: caller.name,
                ownerRuns: caller.runs
            )
        )
    }

    /// As it is now.
    public func explain(_ id: RunID) async throws(APIRefusal) -> ExplanationView? {
        guard let run = try await find(id) else { return nil }
        let why = await scheduler.state.explain(run, at: clock())
        return ExplanationView(
            id: id,
            sentence: why.sentence,
            phase: why.phase,
            since: Timestamp(why.since),
            flow: why.flow.rawValue,
            obstacle: why.obstacle,
            offers: why.offers,
            refusals: why.reasons.map(RunView.RefusalView.init),
            nearest: why.nearest.map {
                ExplanationView.NearMiss(agent: $0.hostname, shortage: $0.shortage.sentence)
            }
        )
    }

    /// Waits some seconds for offers when none came lately.
    public func forecast(_ request: RunRequest, by caller: Caller) async -> ForecastView {
        let forecast = await scheduler.forecast(RunSpec(request, by: caller))
        let source = await scheduler.state.sources[request.source]
        return ForecastView(
            refusal: forecast.refusal.map { ErrorBody(code: $0.code, message: $0.message, field: $0.field) },
            obstacle: forecast.obstacle,
            tier: RunView.TierView(wanted: source?.tier.want, got: forecast.tier),
            holds: ForecastView.Holding(
                copies: forecast.copies.map(\.rawValue),
                cpus: Double(forecast.milliCPUs) / 1_000,
                memoryMB: forecast.memoryMB,
                ports: forecast.ports,
                agents: forecast.agents
            ),
            places: forecast.places.map {
                ForecastView.Place(agent: $0.hostname, tier: $0.tier, onReplica: $0.onReplica)
            },
            refusals: forecast.reasons.map(RunView.RefusalView.init),
            offersAt: forecast.offersAt.map(Timestamp.init)
        )
    }

    /// Durable when it answers.
    public func resetFramework() async -> Result<HealthView, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        switch await scheduler.resetFramework() {
        case .success: return .success(await health())
        case .failure(let refusal): return .failure(APIRefusal(refusal))
        }
    }

    /// By name.
    public func sources() async -> SourceList {
        let state = await scheduler.state
        let views = state.sources.values.sorted { $0.name < $1.name }.map { source in
            let usage = state.usage(of: source.name)
            return SourceView(
                name: source.name,
                volumes: source.volumes,
                image: source.cassandra.image,
                tier: source.tier.want,
                copy: source.tier.copy.rawValue,
                requiresTier: source.tier.require,
                lease: source.limits.lease,
                leaseMax: source.limits.leaseMax,
                runs: SourceView.QuotaView(used: usage.runs, limit: source.limits.runs),
                snapshots: SourceView.QuotaView(
                    used: usage.snapshots,
                    limit: source.limits.snapshots * source.nodeCount
                )
            )
        }
        return SourceList(sources: views)
    }

    /// By name.
    public func copies() async -> CopyList {
        let state = await scheduler.state
        let copies = state.copies.values.filter { $0.state != .gone }.sorted { $0.name < $1.name }
        return CopyList(snapshots: copies.map { CopyView($0, in: state, at: clock()) })
    }
}

extension CopyView {
    fileprivate init(_ copy: Copy, in state: SystemState, at now: Instant) {
        self.init(
            name: copy.name,
            kind: copy.kind.rawValue,
            state: copy.state.rawValue,
            source: copy.source,
            run: copy.run,
            holder: Self.holder(copy, in: state, at: now),
            volume: copy.volumeID?.id,
            parent: copy.parent,
            bytes: copy.sizeBytes,
            tier: state.nodes.dearest(of: copy.replicas),
            createdAt: Timestamp(copy.createdAt),
            keptUntil: copy.heldUntil.map(Timestamp.init),
            attachedOn: copy.attachedOn,
            fault: copy.lastFault?.description
        )
    }

    private static func holder(_ copy: Copy, in state: SystemState, at now: Instant) -> String {
        guard copy.state != .condemned else {
            let why = copy.condemnedFor ?? "nothing holds it"
            return state.isStuck(copy, at: now) ? "stuck: it cannot be deleted" : "being deleted: \(why)"
        }
        let users = state.runs.values.filter { run in
            run.phase.isActive && run.uses(copy.name)
        }
        if !users.isEmpty { return "run " + users.map(\.id.value).sorted().joined(separator: ", run ") }
        return copy.heldUntil.map { "kept until \($0.rfc3339)" } ?? "nothing"
    }
}

extension APIRefusal {
    init(_ refusal: AdmissionRefusal) {
        let status =
            switch refusal.kind {
            case .invalid: 422
            case .unknown: 404
            case .conflict: 409
            case .overload: 429
            case .stopping: 503
            }
        // The same code as of any other path of a run that is not there.
        let code = refusal.kind == .unknown ? "api.unknown_run" : refusal.code
        self.init(status: status, code: code, message: refusal.message, field: refusal.field)
    }
}
