import FoundationEssentials
public import HTTPTransport
public import Model
import Synchronization

/// A client of the OpenStorage SDK's REST gateway, which is Portworx' own front end.
///
/// What it can change is named by ``CopyVolumeID`` alone: no call of it can reach a source.
///
/// - Source: facts on Portworx, §2 to §5; `recordings/openstorage/sdk-rest`.
public final class PortworxClient: Sendable {
    /// What a gateway says about itself.
    public struct Version: Hashable, Sendable {
        /// The storage driver behind it: `pxd`, or `fake` in the recordings.
        public var driver: String
        /// Of Portworx.
        public var version: String
        /// Of the SDK: major, minor, patch.
        public var sdk: [Int]

        /// True for the local cluster's gateway, which says so itself.
        public var isStandIn: Bool { driver == "understudy-stand-in" }

        /// Clones take labels since SDK 0.154; before, they are set afterwards.
        var labelsClones: Bool { !sdk.lexicographicallyPrecedes([0, 154, 0]) }
    }

    /// A gateway's error text is cut to this.
    private static let textBytesMax = 4_096
    /// Ids that may stand in a path as they are.
    private static let idBytesMax = 128

    let transport: any GatewayTransport
    private let state = Mutex<(addresses: [String: NodeID], version: Version?)>(([:], nil))

    /// Speaks to one gateway; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: `http://host:port` or `https://host:port`, without a path.
    ///   - http: shared with others at will.
    ///   - token: sent with every call; nil for none.
    /// - Throws: `portworx.bad_address`.
    public convenience init(
        url: String,
        http: HTTPClient,
        token: Secret?
    ) throws(PortworxError) {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        let rest = base.drop { $0 != "/" }.dropFirst(2)
        let isHTTP = base.hasPrefix("http://") || base.hasPrefix("https://")
        guard isHTTP, Self.host(of: rest) != nil else {
            throw PortworxError(.badAddress, "\(url.prefix(200)) is no gateway's address such as http://10.0.0.1:9021")
        }
        self.init(transport: HTTPGateway(url: base, http: http, token: token))
    }

    init(transport: any GatewayTransport) { self.transport = transport }

    /// The host of `host:port`, without brackets; nil where libcurl could read anything but that.
    private static func host(of authority: Substring) -> String? {
        guard let colon = authority.lastIndex(of: ":") else { return nil }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            return nil
        }
        let host = authority[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            let isAddress = address.utf8.allSatisfy { isPlain($0) || $0 == 0x3A }
            return isAddress && address.contains(":") ? String(address) : nil
        }
        return !host.isEmpty && host.utf8.allSatisfy(isPlain) ? String(host) : nil
    }

    // MARK: reading

    /// What the gateway said of itself; nil before it was asked.
    public var knownVersion: Version? { state.withLock { $0.version } }

    /// What the gateway is; read once.
    public func version() async throws(PortworxError) -> Version {
        if let known = knownVersion { return known }
        let wire: WireVersion = try await read(GatewayCall(method: "GET", path: "/v1/identities/version"))
        let sdk = wire.sdk_version
        let version = Version(
            driver: wire.version?.driver ?? "",
            version: wire.version?.version ?? "",
            sdk: [sdk?.major ?? 0, sdk?.minor ?? 0, sdk?.patch ?? 0]
        )
        state.withLock { $0.version = version }
        return version
    }

    /// All nodes with their pools; one call where the SDK has it (0.59), one a node before.
    public func nodes() async throws(PortworxError) -> [StorageNode] {
        var wire: [WireNode] = []
        let version = try await version()
        if !version.sdk.lexicographicallyPrecedes([0, 59, 0]) {
            let found: WireNodes = try await read(GatewayCall(method: "GET", path: "/v1/nodes/filters"))
            wire = found.nodes ?? []
        } else {
            let ids: WireNodeIDs = try await read(GatewayCall(method: "GET", path: "/v1/nodes"))
            for id in ids.node_ids ?? [] {
                let call = GatewayCall(method: "GET", path: "/v1/nodes/inspect/\(try Self.checked(id))")
                let answer = try await transport.send(call)
                // A node that is gone in between is no fault; a missing one is 500, not 404 (facts on Portworx, §3).
                if answer.status == 404 || answer.status == 500 { continue }
                try check(answer, call)
                let found: WireNodeInspection = try decode(answer.body, call)
                if let node = found.node { wire.append(node) }
            }
        }
        let nodes = wire.compactMap(StorageNode.init)
        var addresses: [String: NodeID] = [:]
        for node in nodes {
            for address in [node.managementAddress, node.dataAddress] where !address.isEmpty {
                addresses[address] = node.id
            }
        }
        state.withLock { $0.addresses = addresses }
        return nodes
    }

    /// The volume of exactly this name; nil when there is none.
    ///
    /// - Throws: `portworx.bad_answer` when two have it: neither may be used then.
    public func volume(named name: String) async throws(PortworxError) -> Volume? {
        // Byte by byte: texts that only look the same are equal to Swift.
        let found = try await inspect(filter: WireName(name: name)).filter { $0.name.utf8.elementsEqual(name.utf8) }
        guard found.count <= 1 else {
            let ids = found.map(\.id.value).joined(separator: ", ")
            throw PortworxError(.badAnswer, "\(found.count) volumes are named \(name): \(ids)")
        }
        return found.first
    }

    /// The volume of exactly this id; nil when there is none.
    public func inspect(_ id: VolumeID) async throws(PortworxError) -> Volume? {
        let call = GatewayCall(method: "GET", path: "/v1/volumes/inspect/\(try Self.checked(id.value))")
        let answer = try await transport.send(call)
        if answer.status == 404, error(in: answer)?.code == 5 { return nil }
        try check(answer, call)
        let wire: WireInspection = try decode(answer.body, call)
        // What is missing is 404: whoever takes silence for absence forgets a copy that is there.
        guard let volume = wire.volume.flatMap(translate) else {
            throw PortworxError(.badAnswer, "\(call.name) answers with no volume")
        }
        // The gateway takes names in place of ids.
        guard volume.id == id else {
            throw PortworxError(.badAnswer, "\(call.name) answers with volume \(volume.id)")
        }
        return volume
    }

    /// All volumes that carry these labels, copies that inherited them included.
    public func volumes(labelled labels: [String: String]) async throws(PortworxError) -> [Volume] {
        // The filter is the gateway's; what it lets through is looked at again.
        try await inspect(filter: WireLabels(labels: labels)).filter { volume in
            labels.allSatisfy { volume.labels[$0.key] == $0.value }
        }
    }

    private func inspect(filter: some Encodable) async throws(PortworxError) -> [Volume] {
        let body = try encode(filter)
        let call = GatewayCall(method: "POST", path: "/v1/volumes/inspectwithfilters", body: body)
        let wire: WireInspections = try await read(call)
        return (wire.volumes ?? []).compactMap(\.volume).compactMap(translate)
    }

    private func translate(_ wire: WireVolume) -> Volume? {
        Volume(wire, addresses: state.withLock { $0.addresses })
    }

    // MARK: calls

    /// - Throws: also for every status but 200.
    func read<Value: Decodable>(_ call: GatewayCall) async throws(PortworxError) -> Value {
        let answer = try await transport.send(call)
        try check(answer, call)
        return try decode(answer.body, call)
    }

    func encode(_ value: some Encodable) throws(PortworxError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(value)) } catch { throw PortworxError(.refused, "\(error)") }
    }

    func decode<Value: Decodable>(_ body: [UInt8], _ call: GatewayCall) throws(PortworxError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body))
        } catch {
            throw PortworxError(.badAnswer, "\(call.name) answers with what cannot be read: \(Self.cut("\(error)"))")
        }
    }

    func error(in answer: GatewayAnswer) -> WireError? {
        // An error's body may be plain text (facts on Portworx, §3): then there is no code in it.
        try? JSONDecoder().decode(WireError.self, from: Data(answer.body))
    }

    func check(_ answer: GatewayAnswer, _ call: GatewayCall) throws(PortworxError) {
        guard answer.status != 200 else { return }
        let wire = error(in: answer)
        let said = Self.cut(
            wire?.message ?? wire?.error ?? String(decoding: answer.body.prefix(Self.textBytesMax), as: UTF8.self)
        )
        let code = wire?.code.map { ", code \($0)" } ?? ""
        let message = "\(call.name) answers \(answer.status)\(code): \(said)"
        throw Self.error(answer.status, wire?.code, message, said.lowercased())
    }

    private static func cut(_ text: String) -> String {
        // Bytes, since a single character may have any number of them.
        text.utf8.count <= textBytesMax ? text : String(decoding: text.utf8.prefix(textBytesMax), as: UTF8.self)
    }

    /// gRPC's codes, and Portworx' words where its code says nothing (facts on Portworx, §3).
    private static func error(_ status: Int, _ code: Int?, _ message: String, _ said: String) -> PortworxError {
        switch (status, code) {
        case (401, _), (403, _): PortworxError(.denied, message)
        case (404, _): PortworxError(.notFound, message)
        case (429, _), (503, _): PortworxError(.busy, message, transient: true)
        case (409, 6?) where said.contains("attached"): PortworxError(.volumeAttached, message, transient: true)
        case (409, 6?): PortworxError(.nameTaken, message)
        // 502 is a proxy's: it lost the gateway, maybe after the request.
        case (408, _), (502, _), (504, _): PortworxError(.outcomeUnknown, message, transient: true)
        case (500..., _) where said.contains("snapshot") && (said.contains("limit") || has64(said)):
            PortworxError(.tooManySnapshots, message, transient: true)
        case (500..., _) where said.contains("attached") || said.contains("mounted"):
            PortworxError(.volumeAttached, message, transient: true)
        case (500..., _), (409, _): PortworxError(.refused, message, transient: true)
        default: PortworxError(.refused, message)
        }
    }

    /// The number by itself: an id may hold these digits.
    private static func has64(_ text: String) -> Bool {
        text.split { !$0.isLetter && !$0.isNumber }.contains("64")
    }

    /// An id as it may stand in a path.
    static func checked(_ id: String) throws(PortworxError) -> String {
        guard id.utf8.allSatisfy(isPlain), (1...idBytesMax).contains(id.utf8.count), id != ".", id != ".." else {
            throw PortworxError(.badAnswer, "\(id.prefix(100)) is no id")
        }
        return id
    }

    /// A letter, a digit, `-`, `.` or `_`: what means itself in a path and in a host.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }
}
