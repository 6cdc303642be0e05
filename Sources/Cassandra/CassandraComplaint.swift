/// Why Cassandra did not start, or not as one of its ring, in its own words.
///
/// - Source: facts on Cassandra, §2; for the token, `StorageService.handleStateNormal` of 3.11, and of the other lines alike.
public struct CassandraComplaint: Hashable, Sendable {
    /// What it is about.
    public enum Kind: Hashable, Sendable {
        /// A setting of the source's: its name, and what the data says it should be, where Cassandra tells.
        case setting(String, shouldBe: String?)
        /// Another node of its ring has tokens of its own: it goes on, and one of the two is left out.
        case sameToken
        /// Anything else that ends a boot.
        case other
    }

    /// What it is about.
    public let kind: Kind
    /// For people.
    public let message: String

    /// Recognises a line of Cassandra's log; nil for every other line.
    public init?(line: String) {
        if let values = Self.between("Saved cluster name ", " != configured name ", "", in: line) {
            self.init("clusterName", shouldBe: values.first, is: values.second)
        } else if let values = Self.between("data center (", ") differs from previous data center (", ")", in: line) {
            self.init("dataCenter", shouldBe: values.second, is: values.first)
        } else if let values = Self.between("rack (", ") differs from previous rack (", ")", in: line) {
            self.init("rack", shouldBe: values.second, is: values.first)
        } else if let values = Self.between("Cannot change the number of tokens from ", " to ", "", in: line) {
            self.init("numTokens", shouldBe: values.first, is: values.second)
        } else if let values = Self.between("Nodes ", " have the same token", "", in: line) {
            self.init(kind: .sameToken, message: "\(values.first) have a token in common")
        } else if let known = Self.others.first(where: { line.contains($0.sign) }) {
            let isHeap = known.sign.hasPrefix("please set or unset")
            self.init(kind: isHeap ? .setting("cassandra.heapMB", shouldBe: nil) : .other, message: known.message)
        } else {
            return nil
        }
    }

    private init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    private init(_ setting: String, shouldBe saved: String, is configured: String) {
        self.init(
            kind: .setting("cassandra.\(setting)", shouldBe: saved),
            message: "the source's cassandra.\(setting) is \(configured), and the copy says \(saved)"
        )
    }

    private static let others = [
        (sign: "does not match system partitioner", message: "the data was written with another partitioner"),
        (sign: "Unable to gossip with any", message: "it waited for seeds that do not answer"),
        (sign: "was decommissioned and will not rejoin", message: "the snapshot is one of a decommissioned node"),
        (sign: "Cannot replace address with a node", message: "the image sets replace_address, which no copy may"),
        (sign: "CommitLogReplayException", message: "its commit log could not be replayed"),
        (sign: "please set or unset MAX_HEAP_SIZE and HEAP_NEWSIZE in pairs", message: "one heap size is set alone"),
        (sign: "Address already in use", message: "one of its ports is taken"),
        (sign: "insufficient memory for the Java Runtime", message: "the heap does not fit into the memory"),
        (sign: "Invalid yaml", message: "it does not take the configuration"),
        (sign: "OutOfMemoryError", message: "its heap is too small"),
    ]

    /// What stands between three signs, the last of which may be empty for the rest of the line.
    private static func between(
        _ start: String,
        _ middle: String,
        _ end: String,
        in line: String
    ) -> (first: String, second: String)? {
        guard let afterStart = line.rest(after: start), let at = afterStart.place(of: middle) else { return nil }
        let second = afterStart[at.upperBound...]
        let stop = end.isEmpty ? second.endIndex : second.place(of: end)?.lowerBound
        guard let stop else { return nil }
        return (String(afterStart[..<at.lowerBound].prefix(200)), String(second[..<stop].prefix(200)))
    }
}

extension StringProtocol {
    /// Where a text stands first; the standard library's own search comes with an import that the helper does without.
    fileprivate func place(of text: String) -> Range<Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }

    fileprivate func rest(after text: String) -> SubSequence? { place(of: text).map { self[$0.upperBound...] } }
}
