public import Model

/// What the scheduler itself is configured with, and every delay and limit of the core in one place.
public struct Settings: Hashable, Sendable {
    /// The service's name in `[a-z0-9-]`, slashes as `--`: the first part of every name we give.
    public var slug: String
    /// The role whose reservations we may use; unreserved resources always.
    public var role: String
    /// Runs that are not ended, over all sources: what a flood of pipelines may queue.
    public var activeRunsMax = 1_000
    /// Runs of all sources that are under way at a time: what a cluster's owners let us have.
    public var runsMax = 200
    /// A run that waited so long, and for which an agent has too little, has that agent kept free of younger runs.
    public var elderPatience = Span.minutes(2)
    /// A fitting offer counts for so long.
    public var fitFresh = Span.seconds(60)
    /// After so long without an offer from a replica's node, any healthy node that satisfies the tier's policy will do.
    public var replicaPatience = Span.seconds(60)
    /// A copy that waited longer for an offer is too old: the run takes a fresh one.
    public var copyAgeMax = Span.minutes(10)
    /// What is known of nodes and sources counts for so long while anything waits.
    public var inventoryFresh = Span.seconds(30)
    /// Before a launch, the clone's name must have been seen to lead to its id this recently.
    public var verifiedFresh = Span.seconds(60)
    /// A clone that is not found under its name is looked for so often, over some seconds, before its run ends.
    public var missesMax = 4
    /// For so long after a launch nothing is asked about it: a master takes a moment to know its own tasks.
    public var launchSettles = Span.seconds(5)
    /// An unreachable agent is waited for so long before the run goes on elsewhere.
    public var unreachablePatience = Span.minutes(5)
    /// Whoever asks where a run would fit waits so long for offers.
    public var lookPatience = Span.seconds(4)
    /// A run that was reset waits so long for an offer of the agent that it was on.
    public var preferencePatience = Span.seconds(60)
    /// Infrastructure failures of one run that are retried on a fresh clone.
    public var retriesMax = 2
    /// Launches of one run, resets included: its record has a limit.
    public var attemptsMax = 40
    /// Snapshots asked for in one run, when they fail.
    public var snapshotAttemptsMax = 3
    /// Launches that the master dropped because the offer was stale; no failure, but it must end.
    public var droppedLaunchesMax = 20
    /// A suite's answer waits so long for Cassandra's end, beyond the kill's grace.
    public var endPatience = Span.minutes(2)
    /// After a subscription, the master and the agents are given so long to tell what happened meanwhile.
    public var newsPatience = Span.seconds(30)
    /// After a subscription nothing is launched for so long, at most, before every task has been spoken of.
    public var reconcilePatience = Span.minutes(1)
    /// The master is asked for all tasks again after so long, and up to a sixth more.
    public var reconcileInterval = Span.hours(1)
    /// A task that no run knows, and the master neither, is asked to end for so long.
    public var strayPatience = Span.minutes(15)
    /// Without a subscription, deadlines and leases of pods wait so long for it.
    public var masterPatience = Span.minutes(15)
    /// From SIGTERM to SIGKILL.
    public var killGrace = Span.seconds(10)
    /// Added to a task's lease: what it may take to end it.
    public var completionGrace = Span.minutes(10)
    /// Offers that we decline stay away for so long while something waits.
    public var refuseWaiting = Span.seconds(5)
    /// The same while a ring waits, which needs several agents' offers at one moment: theirs would come one after the other.
    public var refuseGathering = Span.seconds(1)
    /// Offers that we decline stay away for so long while nothing waits.
    ///
    /// Not long, since SUPPRESS is what stops them: a DECLINE that arrives after the next REVIVE must not outlive it.
    public var refuseIdle = Span.seconds(30)
    /// An answer to a create call comes within so long, or it may still happen later.
    public var createDeadline = Span.minutes(2)
    /// Absence after an uncertain create counts only so long after the call's deadline.
    public var absenceGrace = Span.seconds(60)
    /// A volume that is ours and in no ledger is deleted after so long.
    public var orphanGrace = Span.minutes(10)
    /// After a task whose end we never saw: how long its volume has to be detached before it is deleted.
    public var detachedGrace = Span.minutes(10)
    /// Copies are listed so often while there are any.
    public var sweepInterval = Span.seconds(30)
    /// Copies are listed, and those to be deleted looked at, so often while something is not as it should be.
    public var sweepIntervalAlert = Span.seconds(5)
    /// What lists and looks of a sweep may ask of Portworx: with many volumes they come less often.
    public var volumesPerSecond = 10
    /// A copy whose delete has failed so often in a row is stuck: a person has to look.
    public var stuckFailures = 5
    /// A copy that is to be deleted, and that somebody else has attached for so long, is stuck.
    public var stuckPatience = Span.minutes(5)
    /// Copies are listed so often while there are none.
    public var idleSweepInterval = Span.minutes(10)
    /// Ended runs are remembered for so long.
    public var historyKept = Span.days(7)
    /// Ended runs that are remembered; up to a chunk of the archive more, which is dropped as a whole.
    public var historyMax = 10_000
    /// Ended runs are put into the archive when there are so many of which nothing is left to become.
    public var archiveBatch = 64
    /// So long after it ended, and the last of its copies was gone, nothing more becomes of a run.
    public var archiveAfter = Span.minutes(1)
    /// How often it is looked for runs that may be put into the archive, and for what is too old.
    public var archiveInterval = Span.seconds(5)
    /// Lines of each stream that are kept of a failed suite.
    public var outputLinesMax = 200
    /// What both streams may take in the run's record, in bytes of JSON.
    public var outputRecordBytesMax = 64 * 1_024
    /// The same together with what was asked for: a store's record holds 256 KiB, and the rest of a run has to fit.
    public var outputAndSpecBytesMax = 160 * 1_024
    /// Failed suites that are read at once.
    public var outputsAtOnceMax = 4
    /// How often a failed suite's output is asked for before it is given up.
    public var outputAttemptsMax = 4
    /// Of Portworx' docker plugin.
    public var volumeDriver = "pxd"
    /// Portworx' nodes of agents that are matched to none by address or name: an agent's host name, and a node's.
    public var agentNodes: [String: String] = [:]
    /// For the default executor, thousandths of a CPU (0.1, as Marathon takes).
    public var executorMilliCPUs: Int64 = 100
    /// For the default executor, in MiB.
    public var executorMemoryMB: Int64 = 32
    /// For a flush, thousandths of a CPU.
    public var flushMilliCPUs: Int64 = 100
    /// For a flush, which is a Java process, in MiB.
    public var flushMemoryMB: Int64 = 256
    /// For the sandbox of each task and of the executor, in MiB.
    public var diskMB: Int64 = 32

    /// Every delay and limit at its default.
    public init(slug: String = "understudy", role: String = "*") {
        self.slug = slug
        self.role = role
    }

    /// What a phase may last; nil where the lease rules.
    public func deadline(of phase: Phase) -> Span? {
        switch phase {
        case .requested, .waiting: .minutes(30)
        case .quiescing, .snapshotting, .cloning, .starting, .sealing, .ending: .minutes(10)
        case .launching, .ready: .minutes(5)
        case .testing, .ended: nil
        }
    }

    /// When a task is asked for again that nobody has spoken of: after 2, 4, 8, 16, 32, then every 60 s.
    func reconcileDelay(asked: Int) -> Span { asked >= 6 ? .seconds(60) : .seconds(1 << Int64(max(asked, 1))) }

    /// How long to wait between two looks at so many volumes while something is not as it should be.
    func alertInterval(volumes: Int) -> Span {
        let budget = Span.milliseconds(Int64(volumes) * 1_000 / Int64(max(1, volumesPerSecond)))
        return min(sweepInterval, max(sweepIntervalAlert, budget))
    }

    /// When to try again after so many failures in a row: 1, 2, 4, 8, 16, then every 30 s.
    public func retryDelay(failures: Int) -> Span {
        failures >= 6 ? .seconds(30) : .seconds(1 << Int64(max(failures, 1) - 1))
    }
}
