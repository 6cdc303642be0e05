import ControlAPI
import DCOS
import FoundationEssentials
import Glibc
import Logging
import Mesos
import Model
import StateStore

/// What `understudy scheduler` was told, checked.
struct SchedulerConfiguration: Sendable {
    /// How an uninstallation goes about it.
    struct Uninstall: Hashable, Sendable {
        /// True when it was asked for; what the state says of an earlier one counts as much.
        var isWanted: Bool
        var keepsCopies: Bool
        var patience: Span
    }

    // Each as the table of settings says; nil for none.
    var name: String
    var slug: String
    var user: String
    var logLevel: Logger.Level
    var caFile: String?
    var uninstall: Uninstall
    var masters: MasterPlace
    var role: String
    var principal: String?
    var mesosCredentials: Secret?
    var serviceAccount: ServiceAccount?
    var failoverTimeout: Span
    var portworx: String
    var portworxToken: Secret?
    var agentNodes: [String: String]
    var volumeDriver: String
    var orphanGrace: Span
    var stuckAfter: Span
    /// A path, a URL, or the document itself.
    var sources: String?
    /// The path of `copyboot`.
    var helper: String
    var helperURL: String?
    var runsMax: Int
    var queueMax: Int
    var historyKept: Span
    var historyMax: Int
    var host: String
    var port: Int
    var advertise: String?
    var tokens: String?
    var dcosURL: String?
    /// Nil for a cluster whose people are nobody here.
    var users: UserRoles?
    var insecureNoAuth: Bool
    var state: StateAddress
    var stateCredentials: Secret?
    var stateSession: Span

    /// Flags first, then the environment, then defaults.
    ///
    /// - Throws: ``ServiceExit`` with every problem: 64 when nothing is wrong but that something is missing, else 78.
    init(given: [String: String], environment: @escaping (String) -> String?) throws(ServiceExit) {
        var reader = SettingReader(given: given, environment: environment)
        name = reader.text(.name) ?? ""
        slug = Self.slug(name, &reader)
        user = reader.raw(.user) ?? Self.ownUser(&reader)
        logLevel = Logger.Level(rawValue: reader.choice(.logLevel)) ?? .info
        caFile = Self.readable(.caFile, &reader)
        uninstall = Uninstall(
            isWanted: Self.uninstall(&reader),
            keepsCopies: reader.boolean(.uninstallKeepsCopies),
            patience: reader.span(.uninstallPatience)
        )
        masters = reader.read(.master) { text throws(MesosError) in try MasterPlace(text) } ?? .named([])
        role = Self.role(name, &reader)
        serviceAccount = Self.serviceAccount(&reader)
        mesosCredentials = Self.secretLine(.mesosCredentials, "principal:secret", &reader)
        principal =
            reader.raw(.principal) ?? serviceAccount?.uid
            ?? mesosCredentials.map { MesosClient.Credentials(line: $0).principal }
        failoverTimeout = reader.span(.failoverTimeout)
        portworx = reader.text(.portworx) ?? ""
        portworxToken = Self.secretLine(.portworxToken, nil, &reader)
        agentNodes = Self.agentNodes(&reader)
        volumeDriver = Self.volumeDriver(&reader)
        orphanGrace = reader.span(.orphanGrace)
        stuckAfter = reader.span(.stuckAfter)
        sources = Self.sources(&reader)
        helper = reader.raw(.helper) ?? Self.helperBesideProgram
        helperURL = reader.raw(.helperURL)
        runsMax = reader.integer(.runsMax)
        queueMax = reader.integer(.queueMax)
        historyKept = reader.span(.historyKept)
        historyMax = reader.integer(.historyMax)
        tokens = Self.tokens(&reader)
        insecureNoAuth = reader.boolean(.insecureNoAuth)
        dcosURL = Self.clusterAddress(&reader)
        users = Self.users(&reader)
        (host, port) = Self.listen(asksNobody: tokens == nil && users == nil, insecureNoAuth, &reader)
        advertise = Self.address(.advertise, &reader) ?? Self.marathonAddress(reader)
        let address = reader.read(.state) { [name] text throws(StateStoreError) in
            try StateAddress(Self.withPath(text, name))
        }
        stateCredentials = Self.secretLine(.stateCredentials, "user:password", &reader)
        stateSession = reader.span(.stateSession)
        Self.checkCallers(opens: insecureNoAuth, tokens: tokens, users: users, dcosURL: dcosURL, &reader)
        Self.checkPrincipal(principal, mesosCredentials, serviceAccount, dcosURL: dcosURL, &reader)
        guard let address, reader.problems.isEmpty else { throw ServiceExit(reader.problems) }
        state = address
    }
}
