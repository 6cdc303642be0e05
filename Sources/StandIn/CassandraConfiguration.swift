import FoundationEssentials

/// What Cassandra's own files of configuration say, as far as the stand-in obeys them.
///
/// Read apart from whatever wrote them: a value that is not where Cassandra would look for it is not found here either.
struct CassandraConfiguration {
    private static let bytesMax = 1_024 * 1_024

    private let settings: [String: String]

    /// Reads a `cassandra.yaml`: its top-level scalars, and the first directory of its data.
    ///
    /// - Throws: `standin.bad_configuration`, as Cassandra ends with 3 for a file that it cannot read.
    init(yaml path: String) throws(StandInError) {
        var settings: [String: String] = [:]
        for line in try Self.lines(of: path) {
            guard let first = line.utf8.first, first != UInt8(ascii: " "), first != UInt8(ascii: "#"),
                let colon = line.firstIndex(of: ":")
            else { continue }
            let key = String(line[..<colon])
            guard settings[key] == nil else {
                throw StandInError(
                    code: "standin.bad_configuration",
                    message: "Invalid yaml: \(key) twice",
                    exitCode: 3
                )
            }
            settings[key] = Self.scalar(line[line.index(after: colon)...])
        }
        self.settings = settings
    }

    /// Reads a `cassandra-rackdc.properties`.
    init(properties path: String) throws(StandInError) {
        var settings: [String: String] = [:]
        for line in try Self.lines(of: path) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        self.settings = settings
    }

    subscript(_ key: String) -> String? { settings[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// What `seed_provider` lists when it is written in one line; none when it is written in several.
    var seeds: [String] {
        guard let provider = self["seed_provider"], let parameters = provider.firstRange(of: "parameters:"),
            let key = provider[parameters.upperBound...].firstRange(of: "seeds:")
        else { return [] }
        let value = provider[key.upperBound...].drop { $0 == " " }
        let isQuoted = value.first == "'" || value.first == "\""
        let list = isQuoted ? value.dropFirst().prefix { $0 != value.first } : value.prefix { $0 != "}" && $0 != "," }
        return list.split { $0 == "," || $0 == " " }.map(String.init)
    }

    private static func lines(of path: String) throws(StandInError) -> [Substring] {
        // Whatever keeps it from being read, Cassandra would not start.
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= bytesMax else {
            throw StandInError(
                code: "standin.bad_configuration",
                message: "Expecting URI in variable: [cassandra.config]. Cannot read \(path)",
                exitCode: 3
            )
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    /// Of a list that is written in one line, the first.
    private static func scalar(_ text: Substring) -> String {
        var value = text.drop { $0 == " " }
        if value.hasPrefix("["), value.hasSuffix("]") { value = value.dropFirst().dropLast().drop { $0 == " " } }
        while value.last == " " { value.removeLast() }
        guard value.first == "'", value.last == "'", value.count > 1 else { return String(value) }
        return value.dropFirst().dropLast().split(separator: "''", omittingEmptySubsequences: false)
            .joined(separator: "'")
    }
}

extension StandInDatabase {
    /// A node as `cassandra -f -D…` starts it: by the files that its properties name.
    ///
    /// - Parameters:
    ///   - properties: as `-Dname=value`, with a space between two.
    ///   - log: takes each line.
    /// - Throws: `standin.bad_configuration`.
    public init(
        properties: String,
        log: @escaping @Sendable (String) -> Void
    ) throws(StandInError) {
        let given = JVMOptions(properties)
        func file(_ property: String) throws(StandInError) -> String {
            guard let url = given[property], url.hasPrefix("file://") else {
                throw StandInError(
                    code: "standin.bad_configuration",
                    message: "Expecting URI in variable: [\(property)]",
                    exitCode: 3
                )
            }
            return String(url.dropFirst("file://".count))
        }
        let yaml = try CassandraConfiguration(yaml: try file("cassandra.config"))
        let rack = try CassandraConfiguration(properties: try file("cassandra-rackdc.properties"))
        guard let data = yaml["data_file_directories"], data.hasSuffix("/data") else {
            throw StandInError(
                code: "standin.bad_configuration",
                message: "data_file_directories has to end in /data for this stand-in",
                exitCode: 3
            )
        }
        self.init(
            directory: String(data.dropLast("/data".count)),
            host: yaml["rpc_address"] ?? "localhost",
            port: yaml["native_transport_port"].flatMap { UInt16($0) } ?? 9_042,
            identity: StandInIdentity(
                clusterName: yaml["cluster_name"] ?? "Test Cluster",
                dataCenter: rack["dc"] ?? "datacenter1",
                rack: rack["rack"] ?? "rack1",
                tokenCount: yaml["num_tokens"].flatMap { Int($0) } ?? 1
            ),
            log: log
        )
        storagePort = yaml["storage_port"].flatMap { UInt16($0) } ?? 7_000
        gossipHost = yaml["listen_address"]
        broadcastHost = yaml["broadcast_address"]
        seeds = yaml.seeds
        clientHost = yaml["broadcast_rpc_address"]
        asksForLogin = yaml["authenticator"] == "PasswordAuthenticator"
        obey(properties)
    }
}
