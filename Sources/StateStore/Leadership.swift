/// Whether this process is the one that may act on the state.
public protocol Leadership: Sendable {
    /// Waits until something may be started.
    ///
    /// - Returns: false when nothing may be any more: somebody else may act by now.
    func mayAct() async -> Bool
    /// What keeps it from acting now, for people; nil when nothing does.
    var obstacle: String? { get }
}

/// Of whoever has a state that only one process can open, for as long as it has it.
public struct SoleLeadership: Leadership {
    /// Nothing has to be kept.
    public init() {}
    /// Always.
    public func mayAct() async -> Bool { true }
    /// None.
    public var obstacle: String? { nil }
}
