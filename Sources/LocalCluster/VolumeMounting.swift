/// What an agent asks of its storage when a container comes and goes, as a docker volume driver would be asked.
protocol VolumeMounting: Sendable {
    /// Attaches a volume to a node and says where its files are.
    ///
    /// A missing name makes an empty volume, as Portworx' docker plugin does (facts on Portworx, §10). Idempotent per container.
    ///
    /// - Parameters:
    ///   - name: the volume's bare name.
    ///   - node: the Portworx node of the agent; nil when it has none, which is refused.
    ///   - container: who asks; unmounted under the same name.
    /// - Returns: an absolute path of an existing directory.
    /// - Throws: the text that `dvdcli` would print, such as `volume is attached on another node`.
    func mount(name: String, node: String?, container: String) async throws(MountRefusal) -> String

    /// Gives it back; the volume is detached when its last container has. Safe to repeat, and for a mount that failed.
    func unmount(name: String, container: String) async

    /// Says which process group writes to the volume, so that a snapshot can stop it for an instant.
    func processGroupStarted(_ group: Int32, volume: String, container: String) async
}

/// Why a mount was refused, in the driver's words.
struct MountRefusal: Error, CustomStringConvertible {
    /// The driver's text.
    let description: String
}
