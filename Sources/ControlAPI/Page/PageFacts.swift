import API
import Model

/// What a run's page lists of it, each by its name.
enum PageFacts {
    /// In the order of the page; only those that are known.
    static func of(_ view: RunView, _ now: Instant) -> [[String: String]] {
        var facts: [(String, String?)] = [
            ("source", view.source.value), ("asked for by", PageWords.text(view.owner)),
            ("key", PageWords.text(view.key)), ("tier", PageWords.tier(view.tier)),
            ("waits for", view.result == nil ? PageWords.text(view.obstacle) : nil),
        ]
        for endpoint in view.endpoints {
            facts.append(("answers at", PageWords.text(Authority.text(host: endpoint.host, port: endpoint.port))))
        }
        facts.append(("data of", view.data.map { "\($0.at), \(PageWords.age(now - $0.at.instant)) ago" }))
        facts.append(("not flushed before", PageWords.text(view.data?.flushFault)))
        facts += sealing(view)
        facts += [("lease ends", view.lease.ends?.description), ("kept until", view.keptUntil?.description)]
        for name in view.snapshots { facts.append(("snapshot", PageWords.text(name))) }
        for name in view.clones { facts.append(("clone", PageWords.text(name))) }
        return facts.compactMap { name, value in value.map { ["name": name, "value": $0] } }
    }

    private static func sealing(_ view: RunView) -> [(String, String?)] {
        guard let sealing = view.sealing else { return [] }
        return [
            ("sealing failed", PageWords.text(sealing.fault)),
            ("Cassandra", PageWords.text(sealing.release)),
            ("production's nodes", sealing.ring.map { "\($0)" }),
            ("keyspaces", sealing.complete.map { $0 ? "all are whole" : "not all are whole" }),
            ("statements of the mask", sealing.masked.map { "\($0)" }),
        ]
    }
}
