public import Lifecycle
public import Model
public import Portworx
public import Scheduler

/// The scheduler's port to Portworx, over the OpenStorage SDK.
public final class PortworxVolumes: VolumePort {
    private let client: PortworxClient

    /// Speaks through this client.
    public init(_ client: PortworxClient) { self.client = client }

    /// True once the gateway has said that it is the local cluster's stand-in.
    public var isStandIn: Bool { client.knownVersion?.isStandIn ?? false }

    /// All nodes with their pools.
    public func nodes() async -> Result<[StorageNode], ReadFault> {
        do { return .success(try await client.nodes()) } catch { return .failure(ReadFault(error.fault)) }
    }

    /// The volume of exactly this name.
    public func volume(named name: String) async -> Result<Volume?, ReadFault> {
        do { return .success(try await client.volume(named: name)) } catch { return .failure(ReadFault(error.fault)) }
    }

    /// The volume of this id.
    public func inspect(_ id: VolumeID) async -> Result<Volume?, ReadFault> {
        do { return .success(try await client.inspect(id)) } catch { return .failure(ReadFault(error.fault)) }
    }

    /// All volumes that carry our install label.
    public func volumes(install: String) async -> Result<[Volume], ReadFault> {
        do {
            return .success(try await client.volumes(labelled: [CopyLabel.install: install]))
        } catch {
            return .failure(ReadFault(error.fault))
        }
    }

    /// A snapshot or a clone; an orphan is never made.
    public func create(
        _ name: CopyName,
        _ kind: Copy.Kind,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Outcome<Volume> {
        switch kind {
        case .snapshot: await client.snapshot(of: parent, name: name, labels: labels)
        case .clone: await client.clone(of: parent, name: name, labels: labels)
        case .orphan:
            .refused(Fault(code: "copy.orphan", message: "an orphan is found, not made", transient: false))
        }
    }

    /// A copy that may have been asked for before.
    public func adopt(
        _ name: CopyName,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Result<Volume?, ReadFault> {
        do {
            return .success(try await client.adopt(name, of: parent, labels: labels))
        } catch {
            return .failure(ReadFault(error.fault))
        }
    }

    /// Deletes a copy.
    public func delete(_ copy: CopyVolumeID) async -> Outcome<Void> { await client.delete(copy) }
}
