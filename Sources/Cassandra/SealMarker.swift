public import Model

/// What sealing leaves in a clone, so that it can be booted again: the name that its data carries now, and what its ring was
/// before that was forgotten.
///
/// A text of lines: a head, `cluster NAME`, `ring NODES`, and for each keyspace `keyspace WHOLE REPLICATION`, parted by tabs.
public struct SealMarker: Hashable, Sendable {
    /// Its name in the clone, beside `data`.
    public static let file = "understudy-seal"
    /// In bytes; what is longer is none.
    public static let bytesMax = 64 * 1_024
    private static let head = "understudy seal 1"

    /// `ci-<run>`, of the run that sealed it last.
    public var clusterName: String
    /// As in ``SealReport/ring``.
    public var ring: Int
    /// As in ``SealReport/keyspaces``.
    public var keyspaces: [SealReport.Keyspace]

    /// Wraps the three.
    public init(clusterName: String, ring: Int, keyspaces: [SealReport.Keyspace]) {
        self.clusterName = clusterName
        self.ring = ring
        self.keyspaces = keyspaces
    }

    /// nil for a text that is none.
    public init?(_ text: String) {
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard lines.count >= 3, lines[0] == [Self.head], lines[1].count == 2, lines[1][0] == "cluster",
            Self.isOurs(lines[1][1]), lines[2].count == 2, lines[2][0] == "ring", let ring = Int(lines[2][1]), ring > 0
        else { return nil }
        self.init(clusterName: lines[1][1], ring: ring, keyspaces: [])
        for line in lines.dropFirst(3) {
            guard line.count == 4, line[0] == "keyspace" else { return nil }
            let complete: Bool? = line[2] == "unknown" ? nil : line[2] == "true"
            keyspaces.append(SealReport.Keyspace(name: line[1], replication: line[3], complete: complete))
        }
    }

    /// As ``init(_:)`` reads it.
    public var text: String {
        let lines = keyspaces.map { keyspace in
            ["keyspace", keyspace.name, keyspace.complete.map { "\($0)" } ?? "unknown", keyspace.replication]
        }
        let all = [[Self.head], ["cluster", clusterName], ["ring", "\(ring)"]] + lines
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
}
