extension Doctor {
    /// Whether the others' clocks say what ours does: leases and tokens go by them.
    mutating func checkClocks() async {
        var peers = [("Portworx' gateway", subject.gateway)]
        if let leader { peers.insert(("the master", "\(leader)/version"), at: 0) }
        for (name, url) in peers {
            guard let skew = await ClockSkew.measure(url, subject.http) else {
                report.warning(.clock, "the clock of \(name)", "not known: its answers have no date, or do not come")
                continue
            }
            let fix = "have both hosts keep their time by NTP"
            if skew.isHarmful {
                report.problem(.clock, "the clock of \(name)", skew.words, fix: fix)
            } else if skew.isNoticeable {
                report.warning(.clock, "the clock of \(name)", skew.words, fix: fix)
            } else {
                report.ok(.clock, "the clock of \(name)", skew.words)
            }
        }
    }
}
