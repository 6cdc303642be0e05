import Model

/// What one of the two boots of a copy is configured with.
public struct BootConfiguration: Hashable, Sendable {
    /// Which of the two.
    public enum Phase: Hashable, Sendable {
        /// Under production's name, where nobody is; statements rewrite it.
        case isolated
        /// Under its own name, on the published port.
        case published
    }

    /// Which of the two.
    public let phase: Phase
    private let order: BootOrder
    private let local: String
    private let isFirst: Bool

    /// The configuration of one of an order's boots.
    ///
    /// - Parameters:
    ///   - phase: which of the two.
    ///   - order: what it is to become.
    ///   - local: the machine's own address that the other nodes of a ring are led to; of no account where it is alone.
    ///   - isFirst: true for a published boot that no isolated one went before: that its data have forgotten production is
    ///     only told of them.
    public init(_ phase: Phase, of order: BootOrder, local: String = loopback, isFirst: Bool = false) {
        self.phase = phase
        self.order = order
        self.local = local
        self.isFirst = phase == .isolated || isFirst
    }

    /// Where nobody else is.
    public static let loopback = "127.0.0.1"

    /// Where CQL is spoken.
    public var cqlPort: UInt16 {
        switch phase {
        case .isolated: order.ports.sealing
        case .published: order.ports.published
        }
    }

    /// The image's `cassandra.yaml` with ours in it.
    ///
    /// - Parameter image: the text of the image's file.
    /// - Returns: the text of the copy's.
    public func yaml(from image: String) -> String {
        var yaml = CassandraYAML(image)
        for key in Self.dropped { yaml.remove(key) }
        for (key, value) in settings { yaml.set(key, value) }
        return yaml.text
    }

    /// For `cassandra-rackdc.properties`.
    public var rackProperties: String { "dc=\(order.identity.dataCenter)\nrack=\(order.identity.rack)\n" }

    /// As `-D…` arguments of `cassandra`; they count more than whatever the image's scripts set.
    ///
    /// - Parameters:
    ///   - directory: where ``yaml(from:)`` and ``rackProperties`` were written to.
    ///   - logs: where Cassandra may write its own.
    /// - Returns: to be added to the program's others.
    public func properties(in directory: String, logs: String) -> [String] {
        let isolation = isFirst ? order.version.isolation : Self.later(order.version, order.ring)
        return
            (isolation + [
                "cassandra.config=file://\(directory)/cassandra.yaml",
                "cassandra-rackdc.properties=file://\(directory)/cassandra-rackdc.properties",
                "cassandra.jmx.local.port=\(order.ports.jmx)", "cassandra.logdir=\(logs)",
            ]).map { "-D\($0)" }
    }

    /// Nothing is left to be isolated from; what makes a start fast stays.
    ///
    /// A node that joins others has to hear of them before it serves anybody. Whether its address is taken it may ask its seed,
    /// which is there already.
    private static func later(_ version: CassandraVersion, _ ring: BootOrder.Ring?) -> [String] {
        version.isolation.filter { property in
            if property.contains("skip_wait_for_gossip") { return ring?.previous == nil }
            return !property.hasPrefix("cassandra.load_ring_state") && !property.contains("unsafe_join")
        }
    }

    /// Settings of production's that would lead the copy elsewhere, or that only it can honour.
    private static let dropped = [
        "listen_interface", "listen_interface_prefer_ipv6", "listen_on_broadcast_address", "broadcast_address",
        "rpc_interface", "rpc_interface_prefer_ipv6", "broadcast_rpc_address", "native_transport_port_ssl", "start_rpc",
        "rpc_port", "server_encryption_options", "client_encryption_options", "encryption_options", "initial_token",
        "authenticator", "hints_directory", "cdc_raw_directory", "seed_provider",
        "data_file_directories",
    ]

    private var settings: [(key: String, value: String)] {
        let identity = order.identity
        var settings = [
            ("cluster_name", CassandraYAML.quoted(phase == .isolated ? identity.clusterName : order.clusterName)),
            ("num_tokens", "\(identity.numTokens)"),
            ("endpoint_snitch", "GossipingPropertyFileSnitch"),
            ("start_native_transport", "true"),
            ("native_transport_port", "\(cqlPort)"),
            ("commitlog_directory", path("commitlog")),
            ("saved_caches_directory", path("saved_caches")),
            ("data_file_directories", "[ \(path("data")) ]"),
        ]
        if order.version >= .v3_0 { settings.append(("hints_directory", path("hints"))) }
        if order.version >= .v3_11 { settings.append(("cdc_raw_directory", path("cdc_raw"))) }
        if order.version.hasThrift { settings.append(("start_rpc", "false")) }
        return settings + nodes + clients
    }

    /// Who it gossips with.
    private var nodes: [(key: String, value: String)] {
        let (plain, overTLS) = ("\(order.ports.storage)", "\(order.ports.storageTLS)")
        guard phase == .published, let ring = order.ring else {
            // Itself: nobody has to reach its storage port, and it never leaves the machine by itself. A ring's nodes have that
            // port in common, and agents of a local cluster their machine; nothing listens on the other, each one's own.
            let isCommon = order.ring != nil
            return [
                ("listen_address", Self.loopback), ("storage_port", isCommon ? overTLS : plain),
                ("ssl_storage_port", isCommon ? plain : overTLS), ("seed_provider", Self.seeds(Self.loopback)),
            ]
        }
        return [
            ("listen_address", local), ("broadcast_address", order.advertise), ("storage_port", plain),
            ("ssl_storage_port", overTLS), ("seed_provider", Self.seeds(ring.seed)),
        ]
    }

    private static func seeds(_ address: String) -> String {
        "[ { class_name: org.apache.cassandra.locator.SimpleSeedProvider,"
            + " parameters: [ { seeds: '\(address)' } ] } ]"
    }

    private var clients: [(key: String, value: String)] {
        switch phase {
        case .isolated: [("rpc_address", Self.loopback)] + openToAll
        case .published where order.login == .none: published + openToAll
        // Whoever logs in may do what the image's own configuration says.
        case .published: published + [("authenticator", "PasswordAuthenticator")]
        }
    }

    /// An image that asks for permissions does not start without logins.
    private var openToAll: [(key: String, value: String)] {
        let all = [("authenticator", "AllowAllAuthenticator"), ("authorizer", "AllowAllAuthorizer")]
        return all + (order.version >= .v4_0 ? [("network_authorizer", "AllowAllNetworkAuthorizer")] : [])
    }

    private var published: [(key: String, value: String)] {
        [
            ("rpc_address", order.listen),
            // What system.local says: a driver that connects anew by it reaches the copy and nothing else.
            ("broadcast_rpc_address", order.advertise),
        ]
    }

    private func path(_ name: String) -> String { CassandraYAML.quoted("\(order.directory)/\(name)") }
}
