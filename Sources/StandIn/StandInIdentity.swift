/// Who a node is; what data were written under is what they are served under, or not at all.
public struct StandInIdentity: Hashable, Sendable {
    /// 1 to 255 bytes without control characters.
    public var clusterName: String
    /// As the snitch says.
    public var dataCenter: String
    /// As the snitch says.
    public var rack: String
    /// 1 to 1,536.
    public var tokenCount: Int

    /// As many tokens as a node can have.
    static let tokenCounts = 1...1_536

    /// Wraps the four; what is not given is as Cassandra 3.11 has it.
    public init(
        clusterName: String,
        dataCenter: String = "datacenter1",
        rack: String = "rack1",
        tokenCount: Int = 256
    ) {
        self.clusterName = clusterName
        self.dataCenter = dataCenter
        self.rack = rack
        self.tokenCount = tokenCount
    }

    /// True for what a cluster, a data centre or a rack can be called.
    static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    /// - Throws: `standin.bad_name`, `standin.bad_tokens`.
    func check() throws(StandInError) {
        for name in [clusterName, dataCenter, rack] {
            guard Self.isName(name) else {
                throw .directory(
                    "bad_name",
                    "a name has 1 to 255 bytes and no control character: \(name.debugDescription)"
                )
            }
        }
        guard Self.tokenCounts.contains(tokenCount) else {
            throw .directory("bad_tokens", "a node has 1 to 1536 tokens, not \(tokenCount)")
        }
    }
}

/// `-Dname=value` and the like, as `JVM_EXTRA_OPTS` has them; those that it does not know are ignored, as the JVM does.
struct JVMOptions {
    private let values: [String: String]

    init(_ text: String) {
        let pairs = text.split(separator: " ").filter { $0.hasPrefix("-D") }.map { option in
            let parts = option.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "true")
        }
        values = Dictionary(pairs) { _, last in last }
    }

    func isTrue(_ name: String) -> Bool { values[name] == "true" }
    func isFalse(_ name: String) -> Bool { values[name] == "false" }
    subscript(_ name: String) -> String? { values[name] }
}
