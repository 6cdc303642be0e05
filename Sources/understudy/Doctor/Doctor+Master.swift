import Lifecycle
import Mesos
import Model

extension Doctor {
    /// Who leads, whether they know us, and what they say of the cluster.
    mutating func checkMaster() async {
        let inspection = subject.inspection
        guard let leader = await findLeader(inspection) else { return }
        self.leader = leader
        do throws(MesosError) {
            let version = try await inspection.version(of: leader)
            report.ok(.master, "\(leader)", "leads, Mesos \(version)")
        } catch { refuse("the version of \(leader)", error) }
        await checkCredentials(inspection, at: leader)
        agents = await read("its agents") { () async throws(MesosError) in try await inspection.agents(of: leader) }
        frameworks = await read("its frameworks") { () async throws(MesosError) in
            try await inspection.frameworks(of: leader)
        }
        roles = await read("its roles") { () async throws(MesosError) in try await inspection.roles(of: leader) }
    }

    /// Asks one master after the other; those that do not answer are told.
    private mutating func findLeader(_ inspection: MasterInspection) async -> MasterAddress? {
        let masters: [MasterAddress]
        do throws(MesosError) { masters = try await subject.masters.addresses() } catch {
            refuse("who leads", error)
            return nil
        }
        var leader: MasterAddress?
        var refusals: [(master: MasterAddress, error: MesosError)] = []
        for master in masters {
            do throws(MesosError) {
                let named = try await inspection.leader(by: master)
                leader = leader ?? named
            } catch { refusals.append((master, error)) }
        }
        for (master, error) in refusals {
            guard leader == nil else {
                report.warning(.master, "\(master)", "\(error)", fix: "take it out of --\(Setting.master.name)")
                continue
            }
            refuse("\(master)", error)
        }
        return leader
    }

    /// Whether the scheduler API lets us in, and whether it lets anybody in.
    private mutating func checkCredentials(_ inspection: MasterInspection, at leader: MasterAddress) async {
        flags = await read("its flags") { () async throws(MesosError) in try await inspection.flags(of: leader) }
        do throws(MesosError) { try await inspection.knock(at: leader) } catch {
            refuse("the scheduler API of \(leader)", error)
            return
        }
        let asks = flags?["authenticate_http_frameworks"].map { $0 == "true" }
        let demand = asks.map { $0 ? "asks for credentials" : "asks nobody for credentials" } ?? "lets us in"
        let words = "\(demand), and takes us\(subject.principal.map { " as \($0)" } ?? "")"
        report.ok(.master, "the scheduler API of \(leader)", words)
        guard asks == true else { return }
        let whose = "permissions of \(subject.principal ?? "nobody")"
        report.warning(.role, whose, "the master tells them only to who registers or launches", fix: "grant: \(grants)")
    }

    /// One of the lists; nil when it cannot be had, which is told.
    private mutating func read<Value>(
        _ what: String,
        _ ask: () async throws(MesosError) -> Value
    ) async -> Value? {
        do throws(MesosError) { return try await ask() } catch {
            refuse(what, error)
            return nil
        }
    }

    private mutating func refuse(_ what: String, _ error: MesosError) {
        report.problem(.master, what, "\(error)", fix: fix(for: error))
    }

    private func fix(for error: MesosError) -> String {
        switch error.code {
        case .unauthenticated:
            "have --\(Setting.mesosCredentials.name) name a file with a principal and the secret that the master has "
                + "of it; on DC/OS have --\(Setting.serviceAccount.name) name an account, and give it these "
                + "permissions: \(grants)"
        case .forbidden: "give the principal these permissions: \(grants)"
        case .unreachable:
            "see that a Mesos master runs there and can be reached from here, or name those that do with "
                + "--\(Setting.master.name)"
        case .zooKeeper:
            "see that ZooKeeper runs there and can be reached from here, or name the masters themselves with "
                + "--\(Setting.master.name)"
        case .notReady: "wait until the masters have elected a leader; see their logs when they never do"
        default: "see that --\(Setting.master.name) names a Mesos master, and nothing else answers there"
        }
    }

    /// What a strict DC/OS cluster has to be told before it lets us register, launch, and look around.
    private var grants: String {
        let principal = subject.principal ?? "PRINCIPAL"
        let permissions =
            [ClusterPermission.register(role: subject.role)] + users.flatMap(ClusterPermission.launch)
            + ["/slaves", "/frameworks", "/roles", "/flags"].map(ClusterPermission.read)
        return permissions.map { "dcos security org users grant \(principal) \($0)" }.joined(separator: "; ")
    }
}
