import Lifecycle
import Model
import Scheduler

extension PodBuilder {
    /// The task that flushes production: nodetool of production's own image, in its agent's network.
    ///
    /// nil for a flush that has no place yet, or that nobody asked for.
    static func flush(_ order: FlushOrder) -> PodPlan.Task? {
        guard let quiesce = order.run.source.quiesce, let task = order.flush.task else { return nil }
        return PodPlan.Task(
            id: task.id,
            name: "flush-\(order.run.spec.source)",
            resources: order.flush.resources,
            command: .shell("exec nodetool -h 127.0.0.1 -p \(quiesce.jmxPort) flush"),
            user: order.run.source.cassandra.user,
            image: order.run.source.cassandra.image,
            // Newer Java takes the address that nodetool makes for a malformed one (CASSANDRA-17581).
            environment: [Label("JAVA_TOOL_OPTIONS", "-Dcom.sun.jndi.rmiURLParsing=legacy")],
            killGrace: order.settings.killGrace,
            // What is not waited for any longer does not go on.
            maxCompletion: quiesce.timeout,
            labels: labels(order.settings, order.run)
        )
    }
}
