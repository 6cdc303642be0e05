import Model
import Portworx

extension Doctor {
    /// Whether the gateway answers us, and what of its nodes could take a copy.
    mutating func checkPortworx() async {
        let gateway = "Portworx at \(subject.gateway)"
        let found: [StorageNode]
        do throws(PortworxError) {
            let client = try subject.portworxClient()
            let version = try await client.version()
            found = try await client.nodes()
            let sdk = version.sdk.map { "\($0)" }.joined(separator: ".")
            report.ok(.portworx, gateway, "\(version.driver) \(version.version), SDK \(sdk), lets us in")
            if version.isStandIn {
                report.warning(.portworx, gateway, "is a stand-in of a local cluster, no Portworx")
            }
        } catch {
            report.problem(.portworx, gateway, "\(error)", fix: fix(for: error))
            return
        }
        nodes = found
        checkNodes(found)
    }

    private mutating func checkNodes(_ nodes: [StorageNode]) {
        let healthy = nodes.filter(\.healthy)
        for node in nodes where !node.healthy {
            report.warning(
                .portworx,
                "node \(name(of: node))",
                "Portworx says \(node.status) of it: nothing runs there",
                fix: "see 'pxctl status' on it"
            )
        }
        guard !healthy.isEmpty else {
            report.problem(
                .portworx,
                "Portworx' nodes",
                nodes.isEmpty ? "it names none" : "none of \(nodes.count) is healthy",
                fix: "see 'pxctl status' on the hosts that should be nodes"
            )
            return
        }
        let pools = healthy.flatMap(\.pools)
        let classes = Tier.allCases.map { tier in "\(pools.count { $0.tier == tier }) \(tier.rawValue)" }
        let unknown = pools.count { $0.tier == nil }
        let words = (classes + (unknown > 0 ? ["\(unknown) of no known class"] : [])).joined(separator: ", ")
        report.ok(.portworx, "Portworx' nodes", "\(healthy.count) of \(nodes.count) healthy; pools: \(words)")
    }

    private func fix(for error: PortworxError) -> String {
        switch error.code {
        case .denied: "have --\(Setting.portworxToken.name) name a file with a token that Portworx takes"
        case .badAddress, .unreachable, .outcomeUnknown, .notFound, .nameTaken, .volumeAttached, .tooManySnapshots,
            .busy, .badAnswer, .refused:
            "see that the OpenStorage SDK's gateway (port 9021) answers at --\(Setting.portworx.name)"
        }
    }

    /// As people know it: by its host where it has one.
    func name(of node: StorageNode) -> String { node.hostname.isEmpty ? node.id.value : node.hostname }
}
