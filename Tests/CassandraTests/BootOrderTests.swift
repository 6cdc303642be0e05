import Cassandra
import Model
import Testing

@Suite("What a copy's helper is told")
struct BootOrderTests {
    private func variables(_ order: BootOrder) -> [String: String] {
        Dictionary(uniqueKeysWithValues: order.environment.map { ($0.key, $0.value ?? "") })
    }

    @Test("is read as it was written, whatever stands beside it")
    func roundTrip() throws {
        let role = BootOrder.Role(name: "ci_abc", saltedHash: "$2a$04$salt")
        for login in [BootOrder.Login.none, .run(role), .production(role)] {
            for mask in [nil, "UPDATE a SET b = 'ü';\n"] {
                var told = try order(.v4_1, name: "Gäste 'n' #1", login: login, mask: mask)
                told.requiresMask = mask != nil
                told.requiresComplete = mask == nil
                told.bootSeconds = 77
                told.inspects = mask == nil
                told.seals = mask != nil
                var variables = variables(told)
                variables["PATH"] = "/bin"
                #expect(try BootOrder(environment: variables) == told)
            }
        }
        #expect(try order().environment.map(\.key) == order().environment.map(\.key).sorted())
    }

    @Test(
        "is refused by the name of the variable that is missing",
        arguments: [
            "UNDERSTUDY_VERSION", "UNDERSTUDY_SAVED_CLUSTER", "UNDERSTUDY_SAVED_DC", "UNDERSTUDY_SAVED_RACK",
            "UNDERSTUDY_SAVED_TOKENS", "UNDERSTUDY_CLUSTER", "UNDERSTUDY_DATA", "UNDERSTUDY_PORTS",
            "UNDERSTUDY_LISTEN", "UNDERSTUDY_ADVERTISE", "UNDERSTUDY_LOGIN", "UNDERSTUDY_BOOT_SECONDS",
            "UNDERSTUDY_HELPER_SHA256",
        ]
    )
    func missing(_ name: String) throws {
        var variables = variables(try order())
        variables[name] = nil
        #expect { try BootOrder(environment: variables) } throws: { "\($0)".hasPrefix(name) }
    }

    @Test(
        "is refused where a value is out of its range",
        arguments: [
            ("UNDERSTUDY_VERSION", "3.10"), ("UNDERSTUDY_SAVED_CLUSTER", ""), ("UNDERSTUDY_SAVED_CLUSTER", "a\nb"),
            ("UNDERSTUDY_SAVED_TOKENS", "0"), ("UNDERSTUDY_SAVED_TOKENS", "x"), ("UNDERSTUDY_DATA", "relative"),
            ("UNDERSTUDY_PORTS", "1 2 3 4"), ("UNDERSTUDY_PORTS", "1 2 3 4 4"), ("UNDERSTUDY_PORTS", "1 2 3 4 65536"),
            ("UNDERSTUDY_PORTS", "0 1 2 3 4"), ("UNDERSTUDY_LOGIN", "perhaps"), ("UNDERSTUDY_LOGIN", "run"),
            ("UNDERSTUDY_MASK", String(repeating: "x", count: 33_000)), ("UNDERSTUDY_BOOT_SECONDS", "-1"),
            ("UNDERSTUDY_REQUIRES", "inspection sealing"),
        ]
    )
    func hostile(_ name: String, _ value: String) throws {
        var variables = variables(try order())
        variables[name] = value
        #expect(throws: BootOrderError.self) { try BootOrder(environment: variables) }
    }

    @Test("a ring is read as it was written, and none where there is none")
    func rings() throws {
        for place in 0..<3 {
            let told = try order(place: place)
            #expect(try BootOrder(environment: variables(told)) == told)
            #expect(try BootOrder.ring(in: variables(told)) == told.ring)
        }
        #expect(try BootOrder.ring(in: variables(order())) == nil)
        let (first, last) = (try order(place: 0), try order(place: 2))
        #expect(first.ring?.previous == nil && last.ring?.previous == "10.0.0.8")
        #expect(last.ring?.others == ["10.0.0.7", "10.0.0.8"] && last.ring?.seed == "10.0.0.7")
        #expect(try (order().nodes, first.nodes) == (1, 3))
    }

    @Test(
        "a ring is refused where a node has no address, no place, another one's, or nobody beside it",
        arguments: [
            ("UNDERSTUDY_RING", nil), ("UNDERSTUDY_RING", ""), ("UNDERSTUDY_RING", "10.0.0.7"),
            ("UNDERSTUDY_RING", "10.0.0.7 10.0.0.8 10.0.0.8"),
            ("UNDERSTUDY_RING", "10.0.0.7 10.0.0.8 agent"), ("UNDERSTUDY_RING", "10.0.0.7 10.0.0.8 10.0.0.08"),
            ("UNDERSTUDY_RING", "10.0.0.7 10.0.0.8 10.0.0.+8"), ("UNDERSTUDY_RING", "10.0.0.7 10.0.0.8 10.0.0.256"),
            ("UNDERSTUDY_RING", (0..<17).map { "10.0.0.\($0)" }.joined(separator: " ")), ("UNDERSTUDY_RING_PLACE", nil),
            ("UNDERSTUDY_RING_PLACE", "3"), ("UNDERSTUDY_RING_PLACE", "-1"), ("UNDERSTUDY_RING_PLACE", "1"),
            ("UNDERSTUDY_ADVERTISE", "10.0.0.8"), ("UNDERSTUDY_REQUIRES", "inspection"),
            ("UNDERSTUDY_REQUIRES", "sealing"),
        ] as [(String, String?)]
    )
    func hostileRings(_ name: String, _ value: String?) throws {
        var variables = variables(try order(place: 0))
        variables[name] = value
        #expect(throws: BootOrderError.self) { try BootOrder(environment: variables) }
    }

    @Test("a role's name cannot end a text of CQL")
    func roleNames() throws {
        var variables = variables(try order(login: .run(.init(name: "x", saltedHash: "h"))))
        variables["UNDERSTUDY_ROLE"] = "x'; DROP KEYSPACE a"
        #expect(throws: BootOrderError.self) { try BootOrder(environment: variables) }
    }

    @Test("in a network of its own a copy is published on the agent's port, and no two of its ports are one")
    func ports() throws {
        for port: UInt16 in [31_000, 9_042, 7_000, 7_001, 7_199, 9_052] {
            let ports = BootOrder.Ports(container: port)
            #expect(ports.published == port)
            #expect(Set(ports.all).count == 5, "\(ports.all)")
        }
        #expect(BootOrder.Ports(host: [1, 2, 3, 4]) == nil)
    }

    @Test("a node of a ring gossips on the agent's port too, and still no two of its ports are one")
    func ringPorts() throws {
        let taken: [UInt16] = [31_000, 9_042, 9_052, 7_000, 7_001, 7_011, 7_199, 7_209]
        for published in taken {
            for storage in taken where storage != published {
                let ports = BootOrder.Ports(container: published, storage: storage)
                #expect(ports.published == published && ports.storage == storage)
                #expect(Set(ports.all).count == 5, "\(ports.all)")
            }
        }
    }

    @Test("a task runs the helper in the entry point's place, and its check needs nothing but its arguments")
    func boot() throws {
        let boot = CassandraBoot(order: try order(listen: "0.0.0.0"), heapMB: 1_024)
        #expect(boot.command == .program("/mnt/mesos/sandbox/copyboot", arguments: ["boot"]))
        #expect(
            boot.check.command
                == .program(
                    "/mnt/mesos/sandbox/copyboot",
                    arguments: ["check", "/mnt/mesos/sandbox", "127.0.0.1", "31000"]
                )
        )
        let variables = Dictionary(uniqueKeysWithValues: boot.environment.map { ($0.key, $0.value) })
        #expect(variables["MAX_HEAP_SIZE"] == "1024M" && variables["HEAP_NEWSIZE"] == "256M")
        #expect(CassandraBoot(order: try order(), heapMB: nil).environment.allSatisfy { !$0.key.contains("HEAP") })
        #expect(boot.awaitEnvironment.map(\.key) == ["UNDERSTUDY_CLUSTER", "UNDERSTUDY_HELPER_SHA256"])
        let ring = CassandraBoot(order: try order(place: 0), heapMB: nil)
        #expect(
            ring.awaitEnvironment.map(\.key) == [
                "UNDERSTUDY_CLUSTER", "UNDERSTUDY_HELPER_SHA256", "UNDERSTUDY_RING", "UNDERSTUDY_RING_PLACE",
            ]
        )
    }
}
