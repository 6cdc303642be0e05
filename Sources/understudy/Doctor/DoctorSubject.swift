import HTTPTransport
import Lifecycle
import Mesos
import Model
import Portworx
import StateStore

/// What `doctor` and `uninstall --verify` look at, whatever it was configured by.
struct DoctorSubject: Sendable {
    /// The service's name, which is the framework's.
    var name: String
    /// The same as the first part of every name that is given.
    var slug: String
    var masters: MasterPlace
    /// The gateway's address.
    var portworx: String
    var portworxToken: Secret?
    var state: StateAddress
    var stateCredentials: Secret?
    var role: String
    /// Of tasks whose source names no other.
    var user: String
    /// nil for none.
    var principal: String?
    /// The operator's map of agents to nodes.
    var agentNodes: [String: String] = [:]
    var volumeDriver = "pxd"
    var runsMax = 200
    /// What the sources were read from; nil when none were given.
    var sourcesPlace: String?
    var http: HTTPClient
    /// Who the scheduler is to masters; nil for nobody in particular.
    var authorization: (any Authorization)?

    /// The gateway's address without a slash at its end.
    var gateway: String { portworx.hasSuffix("/") ? String(portworx.dropLast()) : portworx }

    func portworxClient() throws(PortworxError) -> PortworxClient {
        try PortworxClient(url: portworx, http: http, token: portworxToken)
    }

    /// A reader of the masters' operator endpoints, as whoever the scheduler is to them.
    var inspection: MasterInspection { MasterInspection(http: http, authorization: authorization) }

    /// What of the scheduler's settings decides where a run fits.
    var settings: Settings {
        var settings = Settings(slug: slug, role: role)
        settings.runsMax = runsMax
        settings.volumeDriver = volumeDriver
        settings.agentNodes = agentNodes
        return settings
    }

    /// How long ZooKeeper is waited for.
    private static let storePatience = Duration.seconds(10)

    func inspectState() async throws(StateStoreError) -> StateInspection {
        try await state.inspect(credentials: stateCredentials, patience: Self.storePatience)
    }
}

extension DoctorSubject {
    /// As the scheduler would be, of the same settings.
    ///
    /// - Throws: what keeps it from being anybody to the cluster: `DCOSError`.
    init(_ configuration: SchedulerConfiguration, http: HTTPClient) throws {
        self.init(
            name: configuration.name,
            slug: configuration.slug,
            masters: configuration.masters,
            portworx: configuration.portworx,
            portworxToken: configuration.portworxToken,
            state: configuration.state,
            stateCredentials: configuration.stateCredentials,
            role: configuration.role,
            user: configuration.user,
            principal: configuration.principal,
            agentNodes: configuration.agentNodes,
            volumeDriver: configuration.volumeDriver,
            runsMax: configuration.runsMax,
            sourcesPlace: configuration.sources,
            http: http,
            authorization: try configuration.authorization(http)
        )
    }
}
