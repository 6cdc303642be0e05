import Cassandra
import Model
import Testing

/// An order that a copy of the guestbook could be booted with.
func order(
    _ version: CassandraVersion = .v3_11,
    name: String = "guestbook",
    login: BootOrder.Login = .none,
    listen: String = "127.0.0.1",
    advertise: String = "10.0.0.7",
    mask: String? = nil,
    ring: BootOrder.Ring? = nil
) throws -> BootOrder {
    BootOrder(
        version: version,
        identity: .init(clusterName: name, dataCenter: "dc1", rack: "r1", numTokens: 16),
        clusterName: "ci-abc",
        directory: "/var/lib/cassandra",
        ports: try #require(BootOrder.Ports(host: [31_000, 31_001, 31_002, 31_003, 31_004])),
        listen: listen,
        advertise: advertise,
        login: login,
        helper: String(repeating: "a", count: 64),
        mask: mask,
        ring: ring
    )
}

/// An order for one of three nodes that are to be a ring.
func order(
    place: Int,
    _ version: CassandraVersion = .v3_11,
    login: BootOrder.Login = .none,
    listen: String = "0.0.0.0"
) throws -> BootOrder {
    let ring = BootOrder.Ring(place: place, addresses: ["10.0.0.7", "10.0.0.8", "10.0.0.9"])
    return try order(version, login: login, listen: listen, advertise: ring.own, ring: ring)
}
