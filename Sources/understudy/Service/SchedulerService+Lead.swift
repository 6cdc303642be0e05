import Adapters
import ControlAPI
import Glibc
import HTTPTransport
import Lifecycle
import Logging
import Mesos
import Model
import Portworx
import Scheduler
import StateStore

extension SchedulerService {
    /// What it is told of its surroundings before it acts.
    struct Site: Sendable {
        let sources: [Source]
        let masks: [SourceName: String]
        let helper: HelperFile
    }

    /// What acts, once it may.
    struct Leader: Sendable {
        let scheduler: Scheduler
        let cluster: MesosCluster
        let runs: SchedulerRuns
    }

    /// Opens the state, and puts together what acts on it.
    func lead(_ ground: StateGround, _ site: Site, _ server: ControlServer, _ http: HTTPClient) async throws -> Leader {
        let stored = try await ground.store.open()
        var loaded = try Records.load(stored.records)
        if loaded.format != Records.format, !isUninstalled(loaded) {
            _ = try await ground.store.commit([try Records.putFormat()], epoch: stored.epoch)
        }
        let install = try await install(loaded, ground.store, epoch: stored.epoch)
        let logins = RunLogins(secret: try await secret(loaded, ground.store, epoch: stored.epoch))
        loaded.uninstallation = try await uninstallation(loaded, ground.store, epoch: stored.epoch)
        let authorization = try configuration.authorization(http)
        let cluster = MesosCluster(
            try mesos(http, loaded.frameworkID, authorization),
            helper: { await helper(site.helper, server) },
            logins: logins,
            masks: site.masks,
            logger: logger
        )
        let volumes = PortworxVolumes(
            try PortworxClient(url: configuration.portworx, http: http, token: configuration.portworxToken)
        )
        let sandboxes = MesosSandboxes(
            AgentFiles(http: http, authorization: authorization, secure: configuration.isClusterSecure)
        )
        let scheduler = Scheduler(
            state(loaded, install, site.sources),
            store: ground.store,
            epoch: stored.epoch,
            leadership: ground.leadership,
            cluster: cluster,
            volumes: volumes,
            sandboxes: sandboxes,
            clock: clock.now,
            logger: logger
        )
        logger.notice(
            "starting",
            metadata: [
                "build.version": "\(VersionCommand.version)",
                "run.count": "\(loaded.runs.count + loaded.archive.count)",
                "copy.count": "\(loaded.copies.count)",
                "source.count": "\(site.sources.count + loaded.sources.count)",
            ]
        )
        tellOfShadowed(loaded.sources, by: site.sources)
        let documents = SourceDocuments(http: http)
        let runs = SchedulerRuns(
            scheduler,
            options: SchedulerRuns.Options(
                advertised: configuration.advertise.map(hostAndPort),
                uninstallKeepsCopies: configuration.uninstall.keepsCopies,
                uninstallPatience: configuration.uninstall.patience,
                readMask: { await documents.mask(at: $0) },
                masterFault: { cluster.fault?.message }
            ),
            logins: logins,
            sandboxes: sandboxes,
            clock: clock.now,
            standsIn: { volumes.isStandIn }
        )
        return Leader(scheduler: scheduler, cluster: cluster, runs: runs)
    }

    /// Of an address, without its scheme and path.
    private func hostAndPort(_ url: String) -> String {
        let rest = url.drop { $0 != "/" }.drop { $0 == "/" }
        return String(rest.prefix { $0 != "/" })
    }

    /// Given over the API once, and by the configuration now.
    private func tellOfShadowed(_ given: [GivenSource], by sources: [Source]) {
        let names = Set(sources.map(\.name))
        for name in given.map(\.source.name).sorted() where names.contains(name) {
            logger.warning(
                "a source given over the API counts for nothing: the configuration has one of its name",
                metadata: ["source.name": "\(name)"]
            )
        }
    }

    private func state(_ loaded: Records.Loaded, _ install: String, _ sources: [Source]) -> SystemState {
        var settings = Settings(slug: configuration.slug, role: configuration.role)
        settings.historyKept = configuration.historyKept
        settings.historyMax = configuration.historyMax
        settings.orphanGrace = configuration.orphanGrace
        settings.stuckPatience = configuration.stuckAfter
        settings.runsMax = configuration.runsMax
        settings.activeRunsMax = configuration.queueMax
        settings.volumeDriver = configuration.volumeDriver
        settings.agentNodes = configuration.agentNodes
        return SystemState(
            settings: settings,
            install: install,
            sources: sources,
            frameworkID: loaded.frameworkID,
            runs: loaded.runs,
            copies: loaded.copies,
            archive: loaded.archive,
            givenSources: loaded.sources,
            uninstallation: loaded.uninstallation
        )
    }

    private func mesos(
        _ http: HTTPClient,
        _ id: FrameworkID?,
        _ authorization: (any Authorization)?
    ) throws -> MesosClient {
        let framework = FrameworkInfo(
            id: id,
            name: configuration.name,
            user: configuration.user,
            roles: [configuration.role],
            principal: configuration.principal,
            hostname: hostname(),
            webuiURL: configuration.advertise,
            failoverTimeout: configuration.failoverTimeout,
            labels: [Label("DCOS_PACKAGE_FRAMEWORK_NAME", configuration.name)]
        )
        return try MesosClient(
            masters: configuration.masters,
            framework: framework,
            http: http,
            authorization: authorization
        )
    }

    private func hostname() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The installation's id, made once and written before any copy can carry it.
    private func install(
        _ loaded: Records.Loaded,
        _ store: any StateStore,
        epoch: Int64
    ) async throws -> String {
        if let install = loaded.install { return install }
        let fresh = String(UInt64.random(in: .min ... .max), radix: 36)
        guard !isUninstalled(loaded) else { return fresh }
        _ = try await store.commit([try Records.put(install: fresh)], epoch: epoch)
        return fresh
    }

    /// What logins are made from, made once and written before any copy can have one.
    private func secret(
        _ loaded: Records.Loaded,
        _ store: any StateStore,
        epoch: Int64
    ) async throws -> Secret {
        if let secret = loaded.secret { return secret }
        let fresh = RunLogins.makeSecret()
        guard !isUninstalled(loaded) else { return fresh }
        _ = try await store.commit([try Records.put(secret: fresh)], epoch: epoch)
        return fresh
    }

    private func isUninstalled(_ loaded: Records.Loaded) -> Bool { loaded.uninstallation?.stage == .tornDown }

    /// Written before anything is begun, so that nobody registers a framework in order to take it down.
    private func uninstallation(
        _ loaded: Records.Loaded,
        _ store: any StateStore,
        epoch: Int64
    ) async throws -> Uninstallation? {
        guard loaded.uninstallation == nil, configuration.uninstall.isWanted else { return loaded.uninstallation }
        let begun = Uninstallation(
            startedAt: clock.now(),
            keepsCopies: configuration.uninstall.keepsCopies,
            patience: configuration.uninstall.patience
        )
        _ = try await store.commit([try Records.put(begun)], epoch: epoch)
        logger.warning("the uninstallation begins", metadata: ["uninstall.patience": "\(begun.patience)"])
        return begun
    }

    /// Where agents find the helper; nil when the API has ended before it listened.
    private func helper(_ file: HelperFile, _ server: ControlServer) async -> Helper? {
        if let url = configuration.helperURL { return Helper(url: url, sha256: file.sha256) }
        guard let address = await server.address() else { return nil }
        // An address that stands for all of this machine's own is none that others could call.
        let isWildcard = address.host == "0.0.0.0" || address.host == "::"
        let own = url((host: isWildcard ? hostname() : address.host, port: address.port))
        return Helper(url: "\(configuration.advertise ?? own)/v1/helper/\(file.sha256)", sha256: file.sha256)
    }
}
