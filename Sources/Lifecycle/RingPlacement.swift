import Model

extension SystemState {
    /// Room for every node of a ring, each on an agent of its own; counts why there is none.
    ///
    /// All or nothing, in one moment's offers: two rings that hold half of what they need would wait for each other for ever.
    /// An agent on which the run has failed is the last choice and not none: there may be no more agents than nodes.
    mutating func judgeRing(_ run: Run, _ look: Look) -> Verdict {
        let anyNode = hasWaited(run, look.at)
        let demands = (0..<run.source.nodeCount).map { place in
            var demand = demand(of: run, at: place, anyNode: anyNode, look.at)
            demand.avoided = []
            return demand
        }
        var tallies = Tallies()
        // Per node: the piles that would do, the best first, and those that have too little now.
        var choices = [[(index: Int, fit: Fit)]](repeating: [], count: demands.count)
        var short = [[Int]](repeating: [], count: demands.count)
        for index in look.free {
            var refusal: RefusedOffer?
            var wouldDo = false
            for (place, demand) in demands.enumerated() {
                switch match(demand, look.piles[index], look.nodes[index], settings) {
                case .failure(let refused):
                    refusal = refusal ?? refused
                    if refused.shortage != nil { short[place].append(index) }
                case .success(let fit):
                    wouldDo = true
                    if !look.kept.contains(index) { choices[place].append((index, fit)) }
                }
            }
            if wouldDo, look.kept.contains(index) { tallies.refuse(.keptForElder, index, look) }
            if !wouldDo, let refusal { tallies.refuse(refusal, index, look) }
        }
        for place in choices.indices { choices[place].sort { $0.fit.isBetter(than: $1.fit) } }
        var verdict = Verdict()
        let would = choices.map { $0.map(\.index) }
        let preferred = would.map { $0.filter { !run.avoided.contains(look.piles[$0].first.agentID) } }
        let seats = seats(for: preferred) ?? seats(for: would)
        let useful = Set(choices.flatMap { $0.map(\.index) })
        if let seats, let fits = fit(demands, choices, seats, run, look) {
            verdict.best = fits
            for index in useful.subtracting(seats).sorted() { tallies.refuse(.otherBetter, index, look) }
        } else {
            let reason = seats == nil ? Refusal.ringIncomplete : .ringPorts
            for index in useful.sorted() { tallies.refuse(reason, index, look) }
            // A ring that these agents could hold is worth keeping them for, and no other.
            verdict.nearest = Set(self.seats(for: zip(would, short).map { $0 + $1 }) ?? [])
        }
        note(tallies, of: run, look)
        return verdict
    }

    /// A pile for every node, no two the same: augmenting paths (Kuhn), which give a node another seat where that makes room.
    ///
    /// - Parameter choices: per node, the best first.
    /// - Returns: nil when there are not enough.
    private func seats(for choices: [[Int]]) -> [Int]? {
        var nodeAt: [Int: Int] = [:]
        func seat(_ node: Int, _ tried: inout Set<Int>) -> Bool {
            // Nobody is asked to give way while there is a free one.
            let free = choices[node].first { nodeAt[$0] == nil }
            for index in free.map({ [$0] }) ?? choices[node] where tried.insert(index).inserted {
                if nodeAt[index].map({ seat($0, &tried) }) ?? true {
                    nodeAt[index] = node
                    return true
                }
            }
            return false
        }
        for node in choices.indices {
            var tried: Set<Int> = []
            guard seat(node, &tried) else { return nil }
        }
        let seatOf = Dictionary(nodeAt.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        return choices.indices.compactMap { seatOf[$0] }
    }

    /// The nodes' pods, with the port numbers that all of their agents have free.
    private func fit(
        _ demands: [Demand],
        _ choices: [[(index: Int, fit: Fit)]],
        _ seats: [Int],
        _ run: Run,
        _ look: Look
    ) -> [(index: Int, fit: Fit)]? {
        let piles = seats.map { ResourcePile(look.piles[$0].resources, role: settings.role) }
        guard let common = ResourcePile.commonPorts(of: piles, run.source.commonPortCount) else { return nil }
        var fits: [(index: Int, fit: Fit)] = []
        for (place, index) in seats.enumerated() {
            guard var fit = choices[place].first(where: { $0.index == index })?.fit,
                case .success(let (resources, ports)) = cut(demands[place], look.piles[index], settings, ports: common)
            else { return nil }
            (fit.resources, fit.ports) = (resources, ports)
            fits.append((index, fit))
        }
        return fits
    }
}

/// What a pile offers to the first of several demands that it suits.
func match(
    anyOf demands: [Demand],
    _ offer: AgentOffer,
    _ node: StorageNode?,
    _ settings: Settings
) -> Result<Fit, RefusedOffer> {
    var refusal = RefusedOffer(.noPortworx)
    for (place, demand) in demands.enumerated() {
        switch match(demand, offer, node, settings) {
        case .success(let fit): return .success(fit)
        case .failure(let refused): if place == 0 { refusal = refused }
        }
    }
    return .failure(refusal)
}

extension ResourcePile {
    /// The lowest port numbers that all of these have free; nil when there are fewer.
    static func commonPorts(of piles: [ResourcePile], _ count: Int) -> [UInt16]? {
        guard var common = piles.first?.ports else { return nil }
        for pile in piles.dropFirst() {
            common = common.flatMap { range in
                pile.ports.compactMap { other in
                    let (low, high) = (max(range.lowerBound, other.lowerBound), min(range.upperBound, other.upperBound))
                    return low <= high ? low...high : nil
                }
            }
        }
        var numbers: [UInt16] = []
        for range in common.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            numbers += range.prefix(count - numbers.count).map { UInt16($0) }
        }
        return numbers.count == count ? numbers : nil
    }
}
