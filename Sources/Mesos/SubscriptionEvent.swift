public import Model

/// What happens to our subscription, in order.
public enum SubscriptionEvent: Hashable, Sendable {
    /// Calls can be sent from now on. All offers of an earlier stream are void.
    case connected(SchedulerEvent.Subscription, streamID: String, master: MasterAddress)
    /// An event of the open stream, SUBSCRIBED left out, since ``connected(_:streamID:master:)`` holds it.
    case event(SchedulerEvent)
    /// An event that could not be read; the stream goes on. An update among them comes again, since nobody acknowledges it.
    case undecodable(Fault)
    /// The open stream is gone, and with it all offers. The code tells how: `mesos.stream_closed`, `mesos.stream_broken`,
    /// `mesos.stream_silent`, an ERROR of the master, or a record that could not be cut.
    case disconnected(Fault)
    /// Tries again after so long.
    ///
    /// - Parameters:
    ///   - in: zero for at once.
    ///   - attempt: 2 for the first one after a failure.
    ///   - after: why the last attempt, or the stream, failed.
    case retrying(in: Span, attempt: Int, after: Fault)
}
