import Lifecycle
import Mesos
import Model
import Portworx

extension Doctor {
    /// What would become of one run of each source, by the scheduler's own judgement.
    mutating func checkSources() async {
        guard !sources.isEmpty else { return }
        guard let nodes, let agents else {
            report.problem(
                .source,
                "sources",
                "not known while \(self.nodes == nil ? "Portworx" : "the master") does not say",
                fix: "mend what is said above first"
            )
            return
        }
        let readings = await readVolumes()
        let foresight = Foresight(
            subject.settings,
            sources: sources,
            nodes: nodes,
            readings: readings,
            offers: agents.filter(\.isActive).map(\.offer),
            now: systemClock()
        )
        for source in sources {
            guard let volumes = readings[source.name] else { continue }
            guard tellVolumes(of: source, volumes) else { continue }
            judge(source, foresight)
        }
    }

    /// The sources' volumes; of a source that cannot be read, which is told, nothing.
    private mutating func readVolumes() async -> [SourceName: [Volume?]] {
        var readings: [SourceName: [Volume?]] = [:]
        for source in sources {
            do throws(PortworxError) {
                let client = try subject.portworxClient()
                // Replicas may be told by address, which the nodes' list explains.
                _ = try await client.nodes()
                var volumes: [Volume?] = []
                for name in source.volumes { volumes.append(try await client.volume(named: name)) }
                readings[source.name] = volumes
            } catch {
                report.problem(
                    .source,
                    "source \(source.name)",
                    "its \(source.volumeWords) cannot be looked at: \(error)",
                    fix: "see that Portworx answers, and that the token's owner may see the volume"
                )
            }
        }
        return readings
    }

    /// False when one is missing.
    private mutating func tellVolumes(of source: Source, _ volumes: [Volume?]) -> Bool {
        let missing = zip(source.volumes, volumes).filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty else {
            report.problem(
                .source,
                "source \(source.name)",
                "Portworx has no volume named \(missing.joined(separator: ", "))",
                fix: "name the source's volumes as 'pxctl volume list' does"
            )
            return false
        }
        let states = volumes.compactMap(\.self).map { volume in
            "\(volume.name) \(volume.attachedOn.map { "is attached on \($0)" } ?? "is attached nowhere")"
        }
        let words = "\(states.joined(separator: ", ")); image \(source.cassandra.image)"
        report.ok(.source, "source \(source.name)", words)
        return true
    }

    private mutating func judge(_ source: Source, _ foresight: Foresight) {
        let name = "a run of \(source.name)"
        let forecast = foresight.forecast(source.name)
        if let shortage = quotaShortage(forecast) {
            report.problem(.source, name, shortage, fix: "raise the role's quota, or lower what the source asks for")
            return
        }
        switch foresight.outlook(source.name) {
        case .starts: report.ok(.source, name, "would start now: \(Self.words(forecast))")
        case .startsElsewhere(let span):
            report.warning(
                .source,
                name,
                "would start in \(span), on another node than its copy lies on: \(Self.words(forecast))",
                fix: "free CPUs and memory on the agents of the replicas' nodes"
            )
        case .ends(let reason):
            report.problem(.source, name, "would end: \(reason)", fix: "change the source, or where its volumes lie")
        case .waits(let sentence):
            let need = "\(Self.cpus(forecast.milliCPUs)) CPUs, \(forecast.memoryMB) MiB and \(forecast.ports) ports"
            report.problem(
                .source,
                name,
                "would wait: \(sentence)",
                fix: "free \(need) for role \(subject.role) on an agent with a healthy node of the wanted class"
            )
        }
        checkTier(source, forecast)
    }

    /// A copy on dearer disks than wanted is used all the same where the source does not forbid it.
    private mutating func checkTier(_ source: Source, _ forecast: Forecast) {
        // Where snapshots land is judged before anything is made: a run that may not start has been told of.
        let isJudged = source.tier.require && source.tier.copy == .tieredSnapshot
        guard !isJudged, let tier = forecast.tier, tier > source.tier.want else { return }
        let remedy =
            switch source.tier.copy {
            case .inPlace: "give production a replica in a \(source.tier.want.rawValue) pool"
            case .tieredSnapshot: "label the fast pools no_snapshot=true, and give production a replica in a cheap one"
            }
        report.warning(
            .source,
            "the tier of \(source.name)",
            "copies would lie in a pool of class \(tier.rawValue), wanted is \(source.tier.want.rawValue)",
            fix: remedy
        )
    }

    private static func words(_ forecast: Forecast) -> String {
        let tier = forecast.tier.map { "in a pool of class \($0.rawValue)" } ?? "where Portworx does not say"
        let places = forecast.places.map(\.hostname)
        let rest = places.count > 3 ? " and \(places.count - 3) more" : ""
        let agents = places.isEmpty ? "" : " (\(places.prefix(3).joined(separator: ", "))\(rest))"
        return "its copy \(tier), \(forecast.agents == 1 ? "one agent" : "\(forecast.agents) agents")\(agents) for "
            + "\(cpus(forecast.milliCPUs)) CPUs and \(forecast.memoryMB) MiB"
    }

    private static func cpus(_ thousandths: Int64) -> String { "\(Double(thousandths) / 1_000)" }
}
