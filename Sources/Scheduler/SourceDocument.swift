import Lifecycle
import Model

/// One source as it is written, before it is checked.
struct SourceDocument: Decodable {
    struct Cassandra: Decodable {
        var image: String
        var clusterName: String
        var dataCenter: String?
        var rack: String?
        var numTokens: Int?
        var cpus: Double?
        var memoryMB: Int64?
        var heapMB: Int64?
        var user: String?
        var version: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case image, clusterName, dataCenter, rack, numTokens, cpus, memoryMB, heapMB, user, version
        }

        init(from decoder: any Decoder) throws {
            try refuseUnknown(CodingKeys.self, decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            image = try container.decode(String.self, forKey: .image)
            clusterName = try container.decode(String.self, forKey: .clusterName)
            dataCenter = try container.decodeIfPresent(String.self, forKey: .dataCenter)
            rack = try container.decodeIfPresent(String.self, forKey: .rack)
            numTokens = try container.decodeIfPresent(Int.self, forKey: .numTokens)
            cpus = try container.decodeIfPresent(Double.self, forKey: .cpus)
            memoryMB = try container.decodeIfPresent(Int64.self, forKey: .memoryMB)
            heapMB = try container.decodeIfPresent(Int64.self, forKey: .heapMB)
            user = try container.decodeIfPresent(String.self, forKey: .user)
            version = try container.decodeIfPresent(String.self, forKey: .version)
        }
    }

    struct TierDocument: Decodable {
        var want: Tier?
        var copy: String?
        var require: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable { case want, copy, require }

        init(from decoder: any Decoder) throws {
            try refuseUnknown(CodingKeys.self, decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            want = try container.decodeIfPresent(Tier.self, forKey: .want)
            copy = try container.decodeIfPresent(String.self, forKey: .copy)
            require = try container.decodeIfPresent(Bool.self, forKey: .require)
        }
    }

    struct LimitsDocument: Decodable {
        var runs: Int?
        var lease: Span?
        var leaseMax: Span?
        var snapshots: Int?

        enum CodingKeys: String, CodingKey, CaseIterable { case runs, lease, leaseMax, snapshots }

        init(from decoder: any Decoder) throws {
            try refuseUnknown(CodingKeys.self, decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            runs = try container.decodeIfPresent(Int.self, forKey: .runs)
            lease = try container.decodeIfPresent(Span.self, forKey: .lease)
            leaseMax = try container.decodeIfPresent(Span.self, forKey: .leaseMax)
            snapshots = try container.decodeIfPresent(Int.self, forKey: .snapshots)
        }
    }

    /// `"none"`, `"flush"`, or an object with what differs from the usual.
    struct QuiesceDocument: Decodable {
        var word: String?
        var jmxPort: UInt16?
        var timeout: Span?
        var onFailure: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case jmxPort, timeout, onFailure }

        init(from decoder: any Decoder) throws {
            // A text is no object, and an object no text: which it is, is found out by trying.
            if let word = try? decoder.singleValueContainer().decode(String.self) {
                self.word = word
                return
            }
            try refuseUnknown(CodingKeys.self, decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            jmxPort = try container.decodeIfPresent(UInt16.self, forKey: .jmxPort)
            timeout = try container.decodeIfPresent(Span.self, forKey: .timeout)
            onFailure = try container.decodeIfPresent(String.self, forKey: .onFailure)
        }
    }

    /// A volume's name, or an object with what its node's data say otherwise than the others'.
    struct VolumeDocument: Decodable {
        var volume: String
        var rack: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case volume, rack }

        init(from decoder: any Decoder) throws {
            // A text is no object, and an object no text: which it is, is found out by trying.
            if let name = try? decoder.singleValueContainer().decode(String.self) {
                volume = name
                return
            }
            try refuseUnknown(CodingKeys.self, decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            volume = try container.decode(String.self, forKey: .volume)
            rack = try container.decodeIfPresent(String.self, forKey: .rack)
        }
    }

    var name: String
    var volumes: [VolumeDocument]
    var cassandra: Cassandra
    var network: String?
    var allowHostNetwork: Bool?
    var tier: TierDocument?
    var limits: LimitsDocument?
    var quiesce: QuiesceDocument?
    var login: String?
    var mask: String?
    var requireMask: Bool?
    var requireComplete: Bool?
    /// Fields of the design that this version cannot honour, when the document has them.
    var unsupported: [String]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, volumes, cassandra, network, allowHostNetwork, tier, limits, quiesce, login, baseline, mask,
            requireMask, requireComplete
    }

    init(from decoder: any Decoder) throws {
        try refuseUnknown(CodingKeys.self, decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        volumes = try container.decode([VolumeDocument].self, forKey: .volumes)
        cassandra = try container.decode(Cassandra.self, forKey: .cassandra)
        network = try container.decodeIfPresent(String.self, forKey: .network)
        allowHostNetwork = try container.decodeIfPresent(Bool.self, forKey: .allowHostNetwork)
        tier = try container.decodeIfPresent(TierDocument.self, forKey: .tier)
        limits = try container.decodeIfPresent(LimitsDocument.self, forKey: .limits)
        quiesce = try container.decodeIfPresent(QuiesceDocument.self, forKey: .quiesce)
        login = try container.decodeIfPresent(String.self, forKey: .login)
        mask = try container.decodeIfPresent(String.self, forKey: .mask)
        requireMask = try container.decodeIfPresent(Bool.self, forKey: .requireMask)
        requireComplete = try container.decodeIfPresent(Bool.self, forKey: .requireComplete)
        unsupported = [CodingKeys.baseline].filter(container.contains).map(\.stringValue)
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int?
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private func refuseUnknown<Key: CodingKey & CaseIterable>(_ keys: Key.Type, _ decoder: any Decoder) throws {
    let known = Key.allCases.map(\.stringValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
        let context = DecodingError.Context(
            codingPath: decoder.codingPath,
            debugDescription: "unknown field \(key.stringValue.prefix(60)); known are \(known.joined(separator: ", "))"
        )
        throw DecodingError.dataCorrupted(context)
    }
}
