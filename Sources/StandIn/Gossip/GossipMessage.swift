import CQL

/// What a node tells another of itself, a datagram each: lines of text.
///
/// Nothing of Cassandra's own protocol: only that one node knows another's address and speaks to it, which is what a copy of a
/// production node must not do, and what makes a ring of some.
///
/// | line | question | member |
/// |---|---|---|
/// | 1 | which of the two | which of the two |
/// | 2, 3 | host id, cluster name | host id, cluster name |
/// | 4, 5 | | its address for nodes, and for clients |
/// | 6, 7 | | data centre, rack |
/// | 8, 9 | | release version, schema version |
/// | 10 | | addresses of its ring that it has heard from, with commas; may be empty |
/// | 11 | | tokens, with commas; a line's end after them says that all are there |
struct GossipMessage: Hashable {
    /// In bytes; a datagram that is longer is none of ours.
    static let bytesMax = 60_000
    /// Of those that a member names.
    static let addressesMax = 64

    enum Content: Hashable {
        /// Is this address taken? It says not where it comes from: nobody learns of its sender, or answers.
        case question(hostID: CQLUUID)
        /// Who it is, and which nodes of its ring it has heard from.
        case member(RingMember, heardFrom: [IPv4Address])
    }

    private static let question = "understudy stand-in gossip 1"
    private static let member = "understudy stand-in gossip 2"
    private static let separator = ","

    var clusterName: String
    var content: Content

    init(clusterName: String, content: Content) {
        self.clusterName = clusterName
        self.content = content
    }

    var hostID: CQLUUID {
        switch content {
        case .question(let hostID): hostID
        case .member(let member, _): member.hostID
        }
    }

    // MARK: reading

    /// nil for what is no such message, in any part of it.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        // By bytes: to Swift a line's end is another character after a carriage return.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 12, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard lines.count >= 3, let hostID = CQLUUID(lines[1]), StandInIdentity.isName(lines[2]) else { return nil }
        clusterName = lines[2]
        switch (lines[0], lines.count) {
        case (Self.question, 3): content = .question(hostID: hostID)
        case (Self.member, 12) where lines[11].isEmpty:
            guard let member = Self.member(hostID, lines), let heardFrom = Self.addresses(lines[9]) else { return nil }
            content = .member(member, heardFrom: heardFrom)
        default: return nil
        }
    }

    private static func member(_ hostID: CQLUUID, _ lines: [String]) -> RingMember? {
        guard let address = IPv4Address(lines[3]), let clients = IPv4Address(lines[4]),
            lines[5...7].allSatisfy({ StandInIdentity.isName($0) }), let schemaVersion = CQLUUID(lines[8]),
            let tokens = tokens(lines[10])
        else { return nil }
        return RingMember(
            hostID: hostID,
            address: address,
            clients: clients,
            dataCenter: lines[5],
            rack: lines[6],
            releaseVersion: lines[7],
            schemaVersion: schemaVersion,
            tokens: tokens
        )
    }

    private static func addresses(_ line: String) -> [IPv4Address]? {
        guard !line.isEmpty else { return [] }
        let texts = line.split(separator: separator, omittingEmptySubsequences: false)
        let addresses = texts.compactMap { IPv4Address($0) }.filter(\.isPlace)
        return texts.count <= addressesMax && addresses.count == texts.count ? addresses : nil
    }

    private static func tokens(_ line: String) -> Set<Int64>? {
        let texts = line.split(separator: separator, omittingEmptySubsequences: false)
        let tokens = Set(texts.compactMap { text in Int64(text).flatMap { String($0) == text ? $0 : nil } })
        // Each is a number, in the one way to write it, and is there once.
        return StandInIdentity.tokenCounts.contains(texts.count) && tokens.count == texts.count ? tokens : nil
    }

    // MARK: writing

    /// What ``init(_:)`` reads.
    var bytes: [UInt8] {
        Array(lines.joined(separator: "\n").utf8)
    }

    private var lines: [String] {
        switch content {
        case .question(let hostID): [Self.question, "\(hostID)", clusterName]
        case .member(let member, let heardFrom):
            [
                Self.member, "\(member.hostID)", clusterName, "\(member.address)", "\(member.clients)",
                member.dataCenter, member.rack, member.releaseVersion, "\(member.schemaVersion)",
                heardFrom.map(\.description).joined(separator: Self.separator),
                member.tokens.sorted().map(String.init).joined(separator: Self.separator), "",
            ]
        }
    }
}
