import Model
import ZooKeeper

/// Masters as they have entered themselves below a node of ZooKeeper.
///
/// A node each, named `json.info_` and a number of ten digits, which goes with its master; whoever has the lowest leads.
/// The replicated log's nodes are beside them.
///
/// - Source: `recordings/mesos/17-zk-two-masters`.
struct MasterEntries: Sendable {
    /// What a master says of itself, as far as it matters here.
    private struct Entry: Decodable {
        struct Address: Decodable {
            var ip: String?
            var hostname: String?
            var port: Int
        }

        var address: Address
    }

    private static let prefix = "json.info_"
    private static let digits = 10
    /// An entry has some 300 bytes.
    private static let bytesMax = 64 * 1_024

    private let address: ZooKeeperAddress
    /// How long ZooKeeper is waited for.
    private let patience: Duration

    init(_ address: ZooKeeperAddress, patience: Duration = .seconds(10)) {
        self.address = address
        self.patience = patience
    }

    /// Reads all, by a session that makes nothing.
    ///
    /// One that cannot be read does not hide the others: whichever of them it is, it sends us on to the one that leads.
    func read() async throws(MesosError) -> [MasterAddress] {
        let session: ZooKeeperSession
        do throws(ZooKeeperUnresolved) {
            let timeout = ZooKeeperSession.lookTimeout
            session = try ZooKeeperSession(servers: address.servers, timeout: timeout, credentials: nil)
        } catch { throw MesosError(.zooKeeper, error.message, retry: .safe) }
        return try await session.closing(after: patience) { () async throws(MesosError) in
            try await read(session)
        }
    }

    private func read(_ session: ZooKeeperSession) async throws(MesosError) -> [MasterAddress] {
        var masters: [MasterAddress] = []
        var unreadable: MesosError?
        for name in try await names(session) {
            let path = "\(address.path)/\(name)"
            // One whose master has gone since is no entry.
            let asked = try await ask(session) { () async throws(ZooKeeperFault) in try await session.node(path) }
            guard let node = asked else { continue }
            do throws(MesosError) {
                let master = try Self.master(node.data, "\(address)/\(name)")
                if !masters.contains(master) { masters.append(master) }
            } catch { unreadable = unreadable ?? error }
        }
        guard masters.isEmpty else { return masters }
        throw unreadable ?? MesosError(.notReady, "no master has entered itself at \(address)", retry: .safe)
    }

    /// Of the entries, in the order in which they are to lead.
    private func names(_ session: ZooKeeperSession) async throws(MesosError) -> [String] {
        let path = address.path
        let asked = try await ask(session) { () async throws(ZooKeeperFault) in
            // A server that lags would show who led before.
            try await session.sync(path)
            return try await session.children(of: path)
        }
        guard let children = asked else {
            let words = "ZooKeeper at \(address.servers) has no \(path): is it what the masters have as --zk?"
            throw MesosError(.notReady, words, retry: .safe)
        }
        let names = children.filter { name in
            let number = name.dropFirst(Self.prefix.count).utf8
            return name.hasPrefix(Self.prefix) && number.count == Self.digits
                && number.allSatisfy { (0x30...0x39).contains($0) }
        }
        return Array(names.sorted().prefix(MasterAddress.listMax))
    }

    /// Nil when there is no such node.
    private func ask<Value: Sendable>(
        _ session: ZooKeeperSession,
        _ what: () async throws(ZooKeeperFault) -> Value
    ) async throws(MesosError) -> Value? {
        let answer: Result<Value, ZooKeeperFault>
        do throws(ZooKeeperEnd) { answer = try await session.answer(to: what) } catch {
            let why =
                switch error {
                case .closed: "has not answered for \(patience / .seconds(1)) s"
                case .refused: "does not let us read \(address.path)"
                case .expired: "has given our session up"
                case .fault(let fault): "cannot do it: \(fault)"
                }
            throw MesosError(.zooKeeper, "ZooKeeper at \(address.servers) \(why)", retry: .safe)
        }
        switch answer {
        case .success(let value): return value
        case .failure(.noNode): return nil
        case .failure(let fault):
            throw MesosError(.zooKeeper, "ZooKeeper at \(address.servers): \(fault)", retry: .safe)
        }
    }

    /// Where the master of an entry answers: by the address that it is bound to, which needs no name service.
    static func master(_ data: [UInt8], _ place: String) throws(MesosError) -> MasterAddress {
        guard data.count <= bytesMax else {
            throw MesosError(.badMasterAnswer, "\(place) holds \(data.count) bytes, more than \(bytesMax)")
        }
        let entry: Entry = try MasterInspection.decode(data, place)
        guard let host = entry.address.ip ?? entry.address.hostname, let port = UInt16(exactly: entry.address.port),
            let master = MasterAddress(authority: Authority.text(host: host, port: port)[...], secure: false)
        else { throw MesosError(.badMasterAnswer, "\(place) has no address that could be a master's") }
        return master
    }
}
