public import Model

/// What sealing leaves in a clone, so that it can be booted again: the name that its data carries now, and what its ring was
/// before that was forgotten.
///
/// A text of lines: a head, `cluster NAME`, `ring NODES`, the ``Terms`` where there are any, and for each keyspace
/// `keyspace NAME WHOLE REPLICATION`, parted by tabs. The head has version 2 with terms, and 1 without: helpers of before read
/// that one.
public struct SealMarker: Hashable, Sendable {
    /// Its name in the clone, beside `data`.
    public static let file = "understudy-seal"
    /// In bytes; what is longer is none.
    public static let bytesMax = 64 * 1_024
    private static let head = "understudy seal 1"
    private static let headWithTerms = "understudy seal 2"

    /// `ci-<run>`, of the run that sealed it last.
    public var clusterName: String
    /// As in ``SealReport/ring``.
    public var ring: Int
    /// As in ``SealReport/keyspaces``.
    public var keyspaces: [SealReport.Keyspace]
    /// nil once somebody was let in: then it is sealed anew.
    public var terms: Terms?

    /// Wraps the four.
    public init(clusterName: String, ring: Int, keyspaces: [SealReport.Keyspace], terms: Terms? = nil) {
        self.clusterName = clusterName
        self.ring = ring
        self.keyspaces = keyspaces
        self.terms = terms
    }

    /// nil for a text that is none.
    public init?(_ text: String) {
        var lines = Lines(text)
        let hasTerms = lines.take(Self.headWithTerms, 0) != nil
        guard hasTerms || lines.take(Self.head, 0) != nil,
            let name = lines.take("cluster", 1)?.first, Self.isOurs(name),
            let nodes = lines.take("ring", 1)?.first, let ring = Int(nodes), ring > 0
        else { return nil }
        self.init(clusterName: name, ring: ring, keyspaces: [])
        if hasTerms {
            guard let terms = Terms(&lines) else { return nil }
            self.terms = terms
        }
        while let fields = lines.take("keyspace", 3) {
            let complete: Bool? = fields[1] == "unknown" ? nil : fields[1] == "true"
            keyspaces.append(SealReport.Keyspace(name: fields[0], replication: fields[2], complete: complete))
        }
        guard lines.isEmpty else { return nil }
    }

    /// As ``init(_:)`` reads it; with a keeper's password.
    public var text: String {
        let lines = keyspaces.map { keyspace in
            ["keyspace", keyspace.name, keyspace.complete.map { "\($0)" } ?? "unknown", keyspace.replication]
        }
        let head = terms == nil ? Self.head : Self.headWithTerms
        let all = [[head], ["cluster", clusterName], ["ring", "\(ring)"]] + (terms?.lines ?? []) + lines
        return all.map { fields in fields.map(Self.plain).joined(separator: "\t") }.joined(separator: "\n") + "\n"
    }

    /// Production is not called so.
    private static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("ci-") && name.utf8.count <= 100 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Data centres may be called anything; what would break a line is told as a space.
    private static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\t" || $0 == "\n" ? " " : $0 }))
    }

    /// What of a text is not read yet.
    struct Lines {
        private var rest: ArraySlice<[String]>

        /// Parts a text.
        init(_ text: String) {
            rest =
                text.split(separator: "\n").map { line in
                    line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                }[...]
        }

        /// True once all is read.
        var isEmpty: Bool { rest.isEmpty }

        /// Reads the next line if it is one of these: its fields after the name.
        mutating func take(_ name: String, _ count: Int) -> [String]? {
            guard let line = rest.first, line.first == name, line.count == count + 1 else { return nil }
            rest.removeFirst()
            return Array(line.dropFirst())
        }
    }
}
