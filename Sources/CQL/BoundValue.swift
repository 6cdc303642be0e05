/// A value that a client binds to a mark in its statement.
public enum BoundValue: Hashable, Sendable {
    /// As its type writes it.
    case bytes([UInt8])
    /// None.
    case null
    /// v4: what is there stays as it is.
    case unset
}
