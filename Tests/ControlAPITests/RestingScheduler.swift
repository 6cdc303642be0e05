import Lifecycle
import Model
import Scheduler

@testable import ControlAPI

extension SchedulerRuns {
    /// Of a scheduler that does nothing, and stays as it is.
    static func resting(
        _ state: SystemState,
        at now: Instant,
        sandboxes: (any SandboxPort)? = nil
    ) -> SchedulerRuns {
        let scheduler = Scheduler(
            state,
            store: NoStore(),
            epoch: 1,
            cluster: Nobody(),
            volumes: Nobody(),
            clock: { now },
            logger: .silent
        )
        return SchedulerRuns(
            scheduler,
            logins: RunLogins(secret: Secret("secret")),
            sandboxes: sandboxes,
            clock: { now },
            standsIn: { false }
        )
    }
}
