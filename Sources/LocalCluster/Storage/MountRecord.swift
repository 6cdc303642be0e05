/// One container's use of one volume.
public struct MountRecord: Hashable, Sendable {
    /// By the name that the container asked for.
    public let volume: String
    /// Portworx' id for it.
    public let volumeID: String
    /// Unique in the cluster's life.
    public let container: String
    /// True when another container had it at that moment.
    public let isShared: Bool
}
