/// The id of a volume that is proven to be a copy made by us: the only kind that can be deleted or changed.
///
/// There is no way from a bare ``VolumeID`` to this type but through one of the three proofs below, so that no code path
/// can name a source in a delete, mount or update call.
public struct CopyVolumeID: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The bare id.
    public let id: VolumeID

    /// The bare id's text.
    public var description: String { id.value }

    /// The proof for a volume that we have just asked for under this name.
    ///
    /// nil when the volume has another name or parent, or is itself a source.
    ///
    /// - Parameters:
    ///   - volume: as read back from Portworx after the create call.
    ///   - name: the name we asked for; ours alone, never used twice.
    ///   - parent: what we asked to be copied.
    ///   - sources: the ids of all production volumes known now.
    public init?(_ volume: Volume, createdAs name: CopyName, from parent: VolumeID, sources: Set<VolumeID>) {
        guard volume.name == name.value, volume.parent == parent, volume.id != parent,
            !sources.contains(volume.id)
        else { return nil }
        self.id = volume.id
    }

    /// The proof for a copy that we have asked for and that Portworx named otherwise.
    ///
    /// An old Portworx tries a snapshot that failed again later, under a name of its own (facts on Portworx, §9). All labels
    /// that we asked for have to be there, and ``CopyLabel/parent`` among them has to equal the real parent: what inherited
    /// them has another.
    ///
    /// - Parameters:
    ///   - volume: as read back or listed; its name proves nothing, and must be no other copy's.
    ///   - labels: as asked for.
    ///   - parent: what we asked to be copied.
    ///   - sources: the ids of all production volumes known now.
    public init?(_ volume: Volume, labelled labels: [String: String], from parent: VolumeID, sources: Set<VolumeID>) {
        guard volume.parent == parent, volume.id != parent, !sources.contains(volume.id),
            labels[CopyLabel.parent] == parent.value, labels[CopyLabel.install].map({ !$0.isEmpty }) ?? false,
            labels.allSatisfy({ volume.labels[$0.key] == $0.value })
        else { return nil }
        self.id = volume.id
    }

    /// The proof for an orphan: a volume that the ledger does not know, found by our labels.
    ///
    /// Copies inherit their parent's labels, and strangers may snapshot our clones: so the label
    /// `understudy.parent`, written by us on this very copy, has to equal the real parent, and the install id ours; else the result is nil.
    ///
    /// - Parameters:
    ///   - volume: as listed.
    ///   - install: this installation's id.
    ///   - sources: the ids of all production volumes known now.
    public init?(orphan volume: Volume, install: String, sources: Set<VolumeID>) {
        guard let parent = volume.parent, volume.labels[CopyLabel.parent] == parent.value,
            volume.labels[CopyLabel.install] == install, !install.isEmpty, volume.id != parent,
            !sources.contains(volume.id)
        else { return nil }
        self.id = volume.id
    }

    /// Reads what a proof wrote to the store.
    public init(from decoder: any Decoder) throws {
        self.id = try decoder.singleValueContainer().decode(VolumeID.self)
    }

    /// A bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(id)
    }
}

/// The labels that we write on every copy.
public enum CopyLabel {
    /// The service's name.
    public static let service = "understudy.service"
    /// Made once per installation.
    public static let install = "understudy.install"
    /// The run it was made for.
    public static let run = "understudy.run"
    /// The source it comes from.
    public static let source = "understudy.source"
    /// The id of the volume it was copied from.
    public static let parent = "understudy.parent"
    /// Of a task: when it has ended at the latest, RFC 3339.
    public static let expires = "understudy.expires"
    /// `snapshot`, `clone` or `baseline`.
    public static let kind = "understudy.kind"
}
