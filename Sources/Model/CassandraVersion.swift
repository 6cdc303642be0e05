/// A line of Cassandra releases that are booted and sealed alike.
public enum CassandraVersion: String, Hashable, Codable, Sendable, CaseIterable {
    case v2_1 = "2.1"
    case v2_2 = "2.2"
    case v3_0 = "3.0"
    case v3_11 = "3.11"
    case v4_0 = "4.0"
    case v4_1 = "4.1"
    case v5_0 = "5.0"

    /// The line of a release such as `3.11.5`, `4.1` or `5.0-rc1`; nil for one that nobody has looked into.
    public init?(release: some StringProtocol) {
        let known = Self.allCases.first { line in
            guard release.hasPrefix(line.rawValue) else { return false }
            let next = release.dropFirst(line.rawValue.count).unicodeScalars.first
            return next.map { !("0"..."9").contains($0) } ?? true
        }
        guard let known else { return nil }
        self = known
    }

    /// The line of an image such as `cassandra:3.11.5`, by its tag; nil when the tag does not say.
    public init?(image: String) {
        let name = image.split(separator: "@", maxSplits: 1).first ?? ""
        let last = name.split(separator: "/").last ?? ""
        guard let colon = last.firstIndex(of: ":") else { return nil }
        self.init(release: last[last.index(after: colon)...])
    }

    /// All of them, for people.
    public static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension CassandraVersion: Comparable {
    /// The older line first.
    public static func < (left: Self, right: Self) -> Bool {
        let places = allCases
        return places.firstIndex(of: left) ?? 0 < places.firstIndex(of: right) ?? 0
    }
}
