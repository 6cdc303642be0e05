import Model

// A field that is not optional here is in every recorded answer, and its absence an error.

struct WireMasterVersion: Decodable { var version: String }

struct WireMasterFlags: Decodable { var flags: [String: String] }

struct WireMasterAgents: Decodable { var slaves: [WireMasterAgent] }

struct WireMasterAgent: Decodable {
    /// TEXT and SCALAR are written as what they are, ranges and sets as text.
    enum Attribute: Decodable {
        case text(String)
        case number(Double)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // A number or a text: the first that it is counts, the last error is reported.
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            }
        }
    }

    var id: String
    var hostname: String
    var port: Int?
    var pid: String?
    var active: Bool
    var version: String?
    var attributes: [String: Attribute]?
    var unreserved_resources_full: [WireMasterResource]
    var reserved_resources_full: [String: [WireMasterResource]]
    var used_resources_full: [WireMasterResource]
}

struct WireMasterResource: Decodable {
    struct Scalar: Decodable { var value: Double }
    struct Range: Decodable {
        var begin: UInt64
        var end: UInt64
    }
    struct Ranges: Decodable { var range: [Range]? }
    struct Members: Decodable { var item: [String]? }
    /// Whatever is in it: that it is there is what counts.
    struct Something: Decodable {}
    struct Reservation: Decodable {
        var role: String?
        var type: String?
    }
    struct Disk: Decodable {
        var source: Something?
        var persistence: Something?
    }

    var name: String
    var scalar: Scalar?
    var ranges: Ranges?
    var set: Members?
    /// Of old masters, and of new ones for those who know old ones.
    var role: String?
    var reservation: Something?
    var reservations: [Reservation]?
    var revocable: Something?
    var shared: Something?
    var disk: Disk?
}

struct WireMasterFrameworks: Decodable {
    var frameworks: [WireMasterFramework]
    var completed_frameworks: [WireMasterFramework]?
}

struct WireMasterFramework: Decodable {
    struct Task: Decodable {
        var id: String
        var slave_id: String
        var state: String
    }

    var id: String
    var name: String
    var active: Bool
    var connected: Bool?
    var hostname: String?
    var principal: String?
    var tasks: [Task]?
    var unreachable_tasks: [Task]?
}

struct WireMasterRoles: Decodable { var roles: [WireMasterRole] }

struct WireMasterRole: Decodable {
    struct Quota: Decodable {
        var limit: [String: Double]?
        var consumed: [String: Double]?
    }

    var name: String
    var weight: Double
    var quota: Quota?
}

extension MasterAgent {
    init(_ wire: WireMasterAgent) {
        id = AgentID(wire.id)
        hostname = wire.hostname
        // `slave(1)@10.0.0.1:5051`
        let authority = wire.pid.flatMap { pid in pid.lastIndex(of: "@").map { pid[pid.index(after: $0)...] } }
        let place = authority.flatMap { MasterAddress(authority: $0, secure: false) }
        address = place?.host
        port = place.map { Int($0.port) } ?? wire.port
        isActive = wire.active
        version = wire.version ?? ""
        attributes = (wire.attributes ?? [:]).sorted { $0.key < $1.key }.map { Label($0.key, $0.value.description) }
        let total =
            wire.unreserved_resources_full + wire.reserved_resources_full.sorted { $0.key < $1.key }.flatMap(\.value)
        free = FreeResources(of: total, used: wire.used_resources_full).resources
    }
}

extension MasterFramework {
    init(_ wire: WireMasterFramework) {
        id = FrameworkID(wire.id)
        name = wire.name
        isActive = wire.active
        isConnected = wire.connected ?? wire.active
        hostname = wire.hostname ?? ""
        principal = wire.principal
        tasks = ((wire.tasks ?? []) + (wire.unreachable_tasks ?? [])).map { task in
            MasterTask(id: TaskID(task.id), state: task.state, agent: AgentID(task.slave_id))
        }
    }
}

extension MasterRole {
    init(_ wire: WireMasterRole) {
        name = wire.name
        weight = wire.weight
        limit = wire.quota?.limit ?? [:]
        consumed = wire.quota?.consumed ?? [:]
    }
}
