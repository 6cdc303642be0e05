import Lifecycle
import Mesos
import Model
import Portworx
import Scheduler
import StateStore
import ZooKeeper

/// Looks in Mesos, the store and Portworx for what an uninstallation has left; changes nothing.
struct UninstallVerifier: Sendable {
    private let subject: DoctorSubject
    private var leftovers = Leftovers()

    /// All three places, whatever becomes of one of them.
    static func look(_ subject: DoctorSubject) async -> Leftovers {
        var verifier = UninstallVerifier(subject: subject)
        await verifier.lookInMesos()
        await verifier.lookInPortworx()
        // Last, as it is best removed last: it says what else there may be.
        await verifier.lookInStore()
        return verifier.leftovers
    }

    private init(subject: DoctorSubject) { self.subject = subject }

    private mutating func left(_ place: Leftovers.Place, _ what: String, _ removal: String) {
        leftovers.items.append(Leftovers.Item(place: place, what: what, removal: removal))
    }

    private mutating func unseen(_ place: Leftovers.Place, _ reason: String, _ fix: String) {
        leftovers.unseen.append(Leftovers.Unseen(place: place, reason: reason, fix: fix))
    }

    // MARK: Mesos

    private mutating func lookInMesos() async {
        do throws(MesosError) { try await lookInMesos(asking: try await subject.masters.addresses()) } catch {
            unseen(.mesos, "\(error)", "have --\(Setting.master.name) name a master that answers and lets us look")
        }
    }

    /// Asks one master after the other.
    private mutating func lookInMesos(asking masters: [MasterAddress]) async throws(MesosError) {
        let inspection = subject.inspection
        var refusal: MesosError?
        for master in masters {
            do throws(MesosError) {
                let leader = try await inspection.leader(by: master)
                return tell(try await inspection.frameworks(of: leader), leader)
            } catch { refusal = error }
        }
        if let refusal { throw refusal }
    }

    private mutating func tell(_ frameworks: MasterFrameworks, _ leader: MasterAddress) {
        for framework in frameworks.registered where framework.name == subject.name {
            let running = framework.tasks.filter { !(TaskState(rawValue: $0.state)?.isTerminal ?? false) }
            let tasks = running.map { "task \($0.id) on agent \($0.agent)" }
            let words = ["framework \(framework.id), \(framework.isConnected ? "subscribed" : "away")"] + tasks
            left(
                .mesos,
                words.joined(separator: ", "),
                "stop its scheduler, then: curl -X POST \(leader)/master/teardown -d frameworkId=\(framework.id)"
            )
        }
        for framework in frameworks.completed where framework.name == subject.name {
            for task in framework.tasks where !(TaskState(rawValue: task.state)?.isTerminal ?? false) {
                left(
                    .mesos,
                    "task \(task.id) of framework \(framework.id), which is over, on agent \(task.agent)",
                    "start that agent again, which ends it; or end the task's processes on its host"
                )
            }
        }
    }

    // MARK: Portworx

    private mutating func lookInPortworx() async {
        let found: [Volume]
        do throws(PortworxError) {
            found = try await subject.portworxClient().volumes(labelled: [CopyLabel.service: subject.slug])
        } catch {
            unseen(.portworx, "\(error)", "have --\(Setting.portworx.name) name a gateway that lets us look")
            return
        }
        // Clones before what they are clones of.
        let order = found.sorted { ($0.readOnly ? 1 : 0, $0.name) < ($1.readOnly ? 1 : 0, $1.name) }
        for volume in order {
            let name = "volume \(volume.name) (\(volume.id))"
            // Labels are inherited: what somebody else has copied of a copy, or restored from one, is no copy of ours.
            guard let parent = volume.parent, volume.labels[CopyLabel.parent] == parent.value else {
                leftovers.remarks.append("\(name) has our labels and is no copy of ours: somebody has copied one")
                continue
            }
            let place = volume.attachedOn.map { ", attached on \($0)" } ?? ""
            let run = volume.labels[CopyLabel.run].map { ", of run \($0)" } ?? ""
            left(.portworx, "\(name)\(run)\(place)", "once nobody uses it: pxctl volume delete \(volume.id)")
        }
    }

    // MARK: the store

    private mutating func lookInStore() async {
        let seen: StateInspection
        do throws(StateStoreError) { seen = try await subject.inspectState() } catch {
            unseen(.store, "\(error)", "have --\(Setting.state.name) name what can be read from here")
            return
        }
        switch seen.content {
        case .nothing: return
        case .records(let keys) where Records.isMarkAlone(keys):
            let words = "\(subject.state) holds the mark that this installation is over, and nothing else"
            leftovers.remarks.append(words)
        case .records(let keys):
            let holder = seen.holder.map { ", and \($0) acts on it" } ?? ""
            left(.store, "\(subject.state): \(keys.count) records\(holder)", removal)
        case .unreadable(let why):
            unseen(.store, "\(subject.state) cannot be read: \(why)", "stop the scheduler in order, and look again")
        }
    }

    private var removal: String {
        let start = "start 'understudy scheduler --\(Setting.uninstall.name)' on it once, which takes away all of it"
        return switch subject.state.place {
        case .sqlite(let path): "\(start); or remove \(path)"
        case .zooKeeper(let address): "\(start); or with ZooKeeper's shell: deleteall \(address.path)"
        }
    }
}
