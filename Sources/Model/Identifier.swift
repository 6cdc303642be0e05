/// A string that names one kind of thing, so that one kind can never stand in for another.
///
/// Shape: whatever the peer that made it says; never empty where it came from outside. Compares byte by byte.
public protocol Identifier: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The text as the peer wrote it.
    var value: String { get }
    /// Wraps a text as it is.
    init(_ value: String)
}

extension Identifier {
    /// The bare text, as logs and URLs show it.
    public var description: String { value }

    /// Orders by the text's Unicode scalars.
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    /// Reads a bare string.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// Names one run; made by us, `[a-z0-9]`, 1 to 20 characters.
public struct RunID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one offer of the master; valid until answered, rescinded or the stream ends.
public struct OfferID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Mesos agent; new when an agent registers anew.
public struct AgentID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names us to the master; durable across restarts.
public struct FrameworkID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Mesos task: `<slug>.<run>.<shard>.<attempt>`, with `.suite` at the end for the suite's.
public struct TaskID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Mesos executor: here, one pod.
public struct ExecutorID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Portworx volume, whoever made it.
///
/// Not enough to delete it: see ``CopyVolumeID``.
public struct VolumeID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Portworx node.
public struct NodeID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one Portworx storage pool (its uuid).
public struct PoolID: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one source as the operator wrote it: `[a-z0-9-]`, 1 to 40 characters.
public struct SourceName: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}

/// Names one copy: the volume name we asked Portworx for, never used twice.
public struct CopyName: Identifier {
    /// The text as its maker wrote it.
    public let value: String
    /// Wraps a text as it is.
    public init(_ value: String) { self.value = value }
}
