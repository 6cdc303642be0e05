import Lifecycle
import Mesos
import Model

extension Doctor {
    /// Which agent is on the same host as which Portworx node; a run needs both.
    mutating func checkJoin() {
        guard let agents, let nodes else {
            report.problem(
                .join,
                "agents and nodes",
                "not known while \(agents == nil ? "the master" : "Portworx") does not say",
                fix: "mend what is said above first"
            )
            return
        }
        let index = NodeIndex(nodes, agentNodes: subject.agentNodes)
        var met: Set<NodeID> = []
        var alone: [MasterAgent] = []
        for agent in agents {
            if let node = index.node(of: agent.offer) { met.insert(node.id) } else { alone.append(agent) }
        }
        let joined = agents.count - alone.count
        let words = "\(joined) of \(agents.count) agents have one of \(nodes.count) Portworx nodes on their host"
        if joined > 0 {
            report.ok(.join, "agents and nodes", words)
        } else {
            report.problem(
                .join,
                "agents and nodes",
                words,
                fix: "say which belong together: --\(Setting.agentNodes.name) AGENT=NODE,… of the names below"
            )
        }
        let free = nodes.filter { !met.contains($0.id) }
        for agent in alone { tell(alone: agent, free) }
        for node in free { tell(alone: node, alone) }
        checkMap(agents, nodes)
    }

    private mutating func tell(alone agent: MasterAgent, _ free: [StorageNode]) {
        let address = agent.address.map { " at \($0)" } ?? ""
        let example = free.first.map(name(of:))
        report.warning(
            .join,
            "agent \(agent.hostname)\(address)",
            "no Portworx node has its address or its name: no copy is used there",
            fix: example.map { entry(agent.hostname, $0, isCertain: free.count == 1) }
        )
    }

    private mutating func tell(alone node: StorageNode, _ free: [MasterAgent]) {
        let names = [node.hostname, node.schedulerName, node.managementAddress, node.dataAddress]
            .filter { !$0.isEmpty }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        report.warning(
            .join,
            "node \(node.id)",
            "no agent is called \(names.joined(separator: " or ")): a copy that lies there alone waits for another node",
            fix: free.first.map { entry($0.hostname, name(of: node), isCertain: free.count == 1) }
        )
    }

    private func entry(_ agent: String, _ node: String, isCertain: Bool) -> String {
        let example = "--\(Setting.agentNodes.name) \(agent)=\(node)"
        return isCertain ? "if they are one host: \(example)" : "name the one on the same host, as in \(example)"
    }

    /// What the operator says of agents or nodes that there are none of.
    private mutating func checkMap(_ agents: [MasterAgent], _ nodes: [StorageNode]) {
        let hostnames = Set(agents.map(\.hostname))
        let names = Set(nodes.flatMap { [$0.hostname, $0.managementAddress, $0.dataAddress] })
        for (agent, node) in subject.agentNodes.sorted(by: { $0.key < $1.key }) {
            let unknown = !hostnames.contains(agent) ? "agent \(agent)" : !names.contains(node) ? "node \(node)" : nil
            guard let unknown else { continue }
            report.warning(
                .join,
                "--\(Setting.agentNodes.name) \(agent)=\(node)",
                "there is no \(unknown)",
                fix: "take it out, or write the names as they are listed here"
            )
        }
    }
}
