import API
import Lifecycle
import Model

extension RunView {
    /// A run as the core knows it.
    ///
    /// - Parameters:
    ///   - run: as committed.
    ///   - waiting: what it has met since it began to wait; nil when it does not.
    init(_ run: Run, waiting: Wait?) {
        self.init(
            id: run.id,
            key: run.spec.key,
            source: run.spec.source,
            phase: run.phase,
            result: run.result,
            reason: run.reason,
            endpoint: Self.endpoint(of: run),
            tier: TierView(wanted: run.source.tier.want, got: run.tierGot),
            snapshot: run.snapshot?.value,
            clones: run.clones.map(\.value),
            tasks: run.attempts.flatMap { attempt in
                attempt.tasks.map { TaskView(id: $0.id, state: $0.state, agent: attempt.hostname) }
            },
            phases: Self.phases(of: run),
            lease: LeaseView(ends: run.phase.isActive ? run.leaseEnds.map(Timestamp.init) : nil),
            obstacle: run.obstacle,
            refusals: (waiting?.counts ?? run.refusals).map { count in
                RefusalView(
                    reason: count.reason.rawValue,
                    count: count.count,
                    example: "\(count.reason.sentence), \(count.example) among them"
                )
            }
        )
    }

    /// Only while it may be used; until copies are sealed there is no login of our own.
    private static func endpoint(of run: Run) -> Endpoint? {
        switch run.phase {
        case .ready, .testing:
            guard let attempt = run.attempt, let port = attempt.ports.first else { return nil }
            return Endpoint(host: attempt.address, port: port, user: "")
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ending,
            .ended:
            return nil
        }
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
