import API
import Lifecycle
import Model

extension RunView {
    /// A run as the core knows it.
    ///
    /// - Parameters:
    ///   - run: as committed.
    ///   - state: what it is part of.
    init(_ run: Run, in state: SystemState) {
        self.init(
            id: run.id,
            key: run.spec.key,
            owner: run.spec.owner,
            source: run.spec.source,
            service: run.isService,
            phase: run.phase,
            result: run.result,
            reason: run.reason,
            endpoint: Self.endpoint(of: run),
            endpoints: Self.endpoints(of: run),
            tier: TierView(wanted: run.source.tier.want, got: run.tierGot),
            snapshot: run.snapshot?.head.value,
            snapshots: run.snapshot?.map(\.value) ?? [],
            clones: run.clones.map(\.value),
            tasks: run.attempts.flatMap { attempt in
                attempt.tasks.map { TaskView(id: $0.id, state: $0.state, agent: attempt.hostname) }
            },
            phases: Self.phases(of: run),
            data: Self.data(of: run),
            sealing: run.attempt.flatMap(SealView.init),
            lease: LeaseView(ends: run.phase.isActive ? run.leaseEnds.map(Timestamp.init) : nil),
            keptUntil: Self.keptUntil(run, in: state),
            obstacle: run.obstacle,
            refusals: (state.waits[run.id]?.counts ?? run.refusals).map(RefusalView.init)
        )
    }

    private static func keptUntil(_ run: Run, in state: SystemState) -> Timestamp? {
        let held = [run.clone?.head, run.snapshot?.head].compactMap { name in
            name.flatMap { state.copies[$0] }.flatMap { $0.state == .present ? $0.heldUntil : nil }
        }
        return held.first.map(Timestamp.init)
    }

    /// Only while it may be used; of a ring, the first node's.
    static func endpoint(of run: Run) -> Endpoint? { endpoints(of: run).first }

    /// One per node; none while nobody may use it.
    private static func endpoints(of run: Run) -> [Endpoint] {
        switch run.phase {
        case .ready, .testing:
            run.current.compactMap { attempt in
                attempt.ports.first.map { Endpoint(host: attempt.address, port: $0, user: run.loginUser) }
            }
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ending,
            .ended:
            []
        }
    }

    private static func data(of run: Run) -> DataView? {
        guard let at = run.dataAt else { return nil }
        let usable = run.phases.last { $0.phase == .ready }?.at
        return DataView(
            at: Timestamp(at),
            ageSeconds: usable.map { ($0 - at).seconds },
            spreadSeconds: run.dataSpread?.seconds,
            flushed: run.flush?.allSatisfy(\.done),
            flushFault: run.flush?.lazy.compactMap(\.fault).first
        )
    }

    private static func phases(of run: Run) -> [PhaseView] {
        run.phases.enumerated().map { index, entry in
            let next = run.phases.indices.contains(index + 1) ? run.phases[index + 1].at : nil
            return PhaseView(
                phase: entry.phase,
                at: Timestamp(entry.at),
                seconds: next.map { ($0 - entry.at).seconds } ?? (entry.phase == .ended ? 0 : nil)
            )
        }
    }
}

extension RunView.RefusalView {
    init(_ count: Run.RefusalCount) {
        self.init(
            reason: count.reason.rawValue,
            count: count.count,
            example: "\(count.reason.sentence), \(count.example) among them"
        )
    }
}

extension RunView.SealView {
    /// nil before anything is known.
    init?(_ attempt: Attempt) {
        let report = attempt.seal?.report
        guard report != nil || attempt.sealStep != nil || attempt.sealFault != nil else { return nil }
        self.init(
            step: attempt.sealFault == nil ? attempt.sealStep?.name : nil,
            fault: attempt.sealFault?.name,
            release: report?.release,
            identity: report?.identity,
            ring: report?.ring,
            complete: report.flatMap(\.complete),
            keyspaces: (report?.keyspaces ?? []).map {
                Keyspace(name: $0.name, replication: $0.replication, complete: $0.complete)
            },
            masked: report?.masked,
            steps: (report?.steps ?? []).map {
                Step(step: $0.step, seconds: $0.milliseconds.map { Double($0) / 1_000 })
            }
        )
    }
}
