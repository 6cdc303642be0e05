public import Model

/// An environment that is no order.
public struct BootOrderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable and what is wrong with it.
    public let description: String
}

extension BootOrder {
    /// The variables' names; nothing else of the environment counts.
    enum Name: String, CaseIterable {
        case version = "UNDERSTUDY_VERSION"
        case savedCluster = "UNDERSTUDY_SAVED_CLUSTER"
        case savedDataCenter = "UNDERSTUDY_SAVED_DC"
        case savedRack = "UNDERSTUDY_SAVED_RACK"
        case savedTokens = "UNDERSTUDY_SAVED_TOKENS"
        case cluster = "UNDERSTUDY_CLUSTER"
        case directory = "UNDERSTUDY_DATA"
        case ports = "UNDERSTUDY_PORTS"
        case listen = "UNDERSTUDY_LISTEN"
        case advertise = "UNDERSTUDY_ADVERTISE"
        case login = "UNDERSTUDY_LOGIN"
        case role = "UNDERSTUDY_ROLE"
        case saltedHash = "UNDERSTUDY_ROLE_HASH"
        case mask = "UNDERSTUDY_MASK"
        case requires = "UNDERSTUDY_REQUIRES"
        case bootSeconds = "UNDERSTUDY_BOOT_SECONDS"
        case helper = "UNDERSTUDY_HELPER_SHA256"
        case ring = "UNDERSTUDY_RING"
        case ringPlace = "UNDERSTUDY_RING_PLACE"
    }

    /// In bytes: what one variable may be, of the 128 KiB that Linux takes.
    public static let maskBytesMax = 32 * 1_024

    /// In order of the key.
    public var environment: [Label] {
        var values: [Name: String] = [
            .version: version.rawValue, .savedCluster: identity.clusterName, .savedDataCenter: identity.dataCenter,
            .savedRack: identity.rack, .savedTokens: "\(identity.numTokens)", .cluster: clusterName,
            .directory: directory, .ports: ports.all.map { "\($0)" }.joined(separator: " "), .listen: listen,
            .advertise: advertise, .bootSeconds: "\(bootSeconds)", .helper: helper,
            .requires: requirements.joined(separator: " "),
        ]
        values[.login] = login.kind.rawValue
        values[.role] = login.role?.name
        values[.saltedHash] = login.role?.saltedHash
        values[.mask] = mask
        values[.ring] = ring?.addresses.joined(separator: " ")
        values[.ringPlace] = ring.map { "\($0.place)" }
        return values.map { Label($0.key.rawValue, $0.value) }.sorted { $0.key < $1.key }
    }

    private var requirements: [String] {
        let all = [
            (requiresComplete, "complete"), (requiresMask, "mask"), (inspects, "inspection"), (seals, "sealing"),
        ]
        return all.filter(\.0).map(\.1)
    }

    /// Reads an order.
    ///
    /// - Parameter variables: a process' environment.
    /// - Throws: naming the variable that is missing or out of its range.
    public init(environment variables: [String: String]) throws(BootOrderError) {
        let reader = Reader(variables: variables)
        guard let version = CassandraVersion(rawValue: try reader.line(.version)) else {
            throw reader.fault(.version, "has to be one of \(CassandraVersion.list)")
        }
        let ring = try reader.ring()
        let requires = (variables[Name.requires.rawValue] ?? "").split(separator: " ")
        self.init(
            version: version,
            identity: CassandraIdentity(
                clusterName: try reader.line(.savedCluster),
                dataCenter: try reader.line(.savedDataCenter),
                rack: try reader.line(.savedRack),
                numTokens: try reader.number(.savedTokens, 1...1_536)
            ),
            clusterName: try reader.line(.cluster),
            directory: try reader.path(.directory),
            ports: try reader.ports(),
            listen: try reader.line(.listen),
            advertise: try reader.line(.advertise),
            login: try reader.login(),
            helper: try reader.line(.helper),
            mask: try reader.mask(),
            requiresMask: requires.contains("mask"),
            requiresComplete: requires.contains("complete"),
            inspects: requires.contains("inspection"),
            seals: requires.contains("sealing"),
            bootSeconds: try reader.number(.bootSeconds, 1...86_400),
            ring: ring
        )
        guard !(inspects && seals) else { throw reader.fault(.requires, "is either an inspection or a sealing") }
        guard let ring else { return }
        guard advertise == ring.own else { throw reader.fault(.advertise, "has to be the ring's at this place") }
        guard !inspects, !seals else {
            throw reader.fault(.ring, "is not for an inspection or a sealing, which are of one node")
        }
    }

    /// Reads the ring of an order, or of the environment beside a suite.
    ///
    /// - Parameter variables: a process' environment.
    /// - Returns: nil where it tells of none.
    /// - Throws: naming the variable that is missing or out of its range.
    public static func ring(in variables: [String: String]) throws(BootOrderError) -> Ring? {
        try Reader(variables: variables).ring()
    }

    private struct Reader {
        let variables: [String: String]

        func fault(_ name: Name, _ what: String) -> BootOrderError {
            BootOrderError(description: "\(name.rawValue) \(what)")
        }

        func line(_ name: Name) throws(BootOrderError) -> String {
            guard let text = variables[name.rawValue] else { throw fault(name, "is missing") }
            let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            guard (1...500).contains(text.utf8.count), isPlain else {
                throw fault(name, "has to be 1 to 500 bytes without control characters")
            }
            return text
        }

        func path(_ name: Name) throws(BootOrderError) -> String {
            let text = try line(name)
            guard text.hasPrefix("/") else { throw fault(name, "has to be an absolute path") }
            return text
        }

        func number(_ name: Name, _ range: ClosedRange<Int>) throws(BootOrderError) -> Int {
            guard let number = Int(try line(name)), range.contains(number) else {
                throw fault(name, "has to be a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }

        func ports() throws(BootOrderError) -> Ports {
            let numbers = try line(.ports).split(separator: " ").compactMap { UInt16($0) }
            guard let ports = Ports(host: numbers), numbers.count == Ports.hostCount, !numbers.contains(0),
                Set(numbers).count == numbers.count
            else { throw fault(.ports, "has to be \(Ports.hostCount) different ports") }
            return ports
        }

        func ring() throws(BootOrderError) -> Ring? {
            let names: [Name] = [.ring, .ringPlace]
            guard names.contains(where: { variables[$0.rawValue] != nil }) else { return nil }
            let addresses = try line(.ring).split(separator: " ").map(String.init)
            guard Ring.sizes.contains(addresses.count), Set(addresses).count == addresses.count,
                addresses.allSatisfy({ IPv4.bytes($0) != nil })
            else {
                let sizes = "\(Ring.sizes.lowerBound) to \(Ring.sizes.upperBound)"
                throw fault(.ring, "has to be \(sizes) different IPv4 addresses")
            }
            return Ring(place: try number(.ringPlace, 0...(addresses.count - 1)), addresses: addresses)
        }

        func login() throws(BootOrderError) -> Login {
            guard let kind = Login.Kind(rawValue: try line(.login)) else {
                throw fault(.login, "has to be none, run or production")
            }
            switch kind {
            case .none: return .none
            case .run: return .run(try role())
            case .production: return .production(try role())
            }
        }

        private func role() throws(BootOrderError) -> Role {
            let role = Role(name: try line(.role), saltedHash: try line(.saltedHash))
            guard Role.isName(role.name) else { throw fault(.role, "has to be of [a-z0-9_]") }
            return role
        }

        func mask() throws(BootOrderError) -> String? {
            guard let text = variables[Name.mask.rawValue] else { return nil }
            guard text.utf8.count <= maskBytesMax else { throw fault(.mask, "has more than \(maskBytesMax) bytes") }
            return text
        }
    }
}
