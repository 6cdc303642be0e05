/// What the event `phase` of a run's stream carries.
///
/// The event's id is the phase's place in the run's list of phases, which only grows; so it can be resumed after.
public struct PhaseEvent: Hashable, Codable, Sendable {
    /// The phase that the run has entered.
    public var phase: RunView.PhaseView
    /// The run as it stands when this is sent: it may be in a later phase by then.
    public var run: RunView

    /// Wraps both.
    public init(phase: RunView.PhaseView, run: RunView) {
        self.phase = phase
        self.run = run
    }
}
