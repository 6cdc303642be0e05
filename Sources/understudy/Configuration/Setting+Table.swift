extension Setting {
    private static let day = 86_400

    // MARK: service
    static let name = Setting(
        "name",
        .text("1 to 40 of [a-z0-9-] and slashes"),
        .service,
        option: "name",
        fallback: "understudy",
        "The service's name: the framework's, and the first part of every name that is given."
    )
    static let user = Setting(
        "user",
        .text("a user of the agents"),
        .service,
        option: "task_user",
        fallbackWords: "this process's own",
        "The user that tasks run as, where their source names none."
    )
    static let logLevel = Setting(
        "log-level",
        .choice(["trace", "debug", "info", "notice", "warning", "error"]),
        .service,
        option: "log_level",
        fallback: "info",
        "The least level of what is logged."
    )
    static let caFile = Setting(
        "ca-file",
        .file,
        .service,
        option: "ca_file",
        fallbackWords: "the system's authorities",
        "The only certificate authorities to trust when speaking TLS, as PEM."
    )
    static let serviceAccount = Setting(
        "service-account",
        .file,
        .service,
        option: "service_account_secret",
        fallbackWords: "$DCOS_SERVICE_ACCOUNT_CREDENTIAL, or none",
        isSecret: true,
        "The file with the DC/OS service account's credential, or as a variable the JSON itself."
    )
    static let uninstall = Setting(
        "uninstall",
        .boolean,
        .service,
        option: nil,
        fallback: "false",
        "End every run, delete every copy, take the framework down and forget all state; never taken back."
    )
    static let uninstallKeepsCopies = Setting(
        "uninstall-keeps-copies",
        .boolean,
        .service,
        option: "uninstall_keeps_copies",
        fallback: "false",
        "An uninstallation leaves kept copies, and lists them."
    )
    static let uninstallPatience = Setting(
        "uninstall-patience",
        .span(0...7 * day),
        .service,
        option: "uninstall_patience",
        fallback: "15m",
        "How long an uninstallation waits for lost agents and stuck copies before it goes on and lists them."
    )

    // MARK: mesos
    static let master = Setting(
        "master",
        .text("host:port, http(s)://host:port, several with commas between, or zk://host:port,…/mesos"),
        .mesos,
        option: "master",
        isRequired: true,
        "The Mesos masters; those in ZooKeeper are spoken to in plain HTTP."
    )
    static let role = Setting(
        "role",
        .text("a Mesos role, * or auto"),
        .mesos,
        option: "role",
        fallback: "*",
        "The Mesos role; auto is the group's where DC/OS enforces it, else NAME-role with __ for slashes."
    )
    static let principal = Setting(
        "principal",
        .text("a Mesos principal"),
        .mesos,
        option: "principal",
        fallbackWords: "that of the credentials or the account, or none",
        "The Mesos principal; has to be that of the credentials, or the service account."
    )
    static let mesosCredentials = Setting(
        "mesos-credentials",
        .file,
        .mesos,
        option: "credentials_secret",
        fallbackWords: "none",
        isSecret: true,
        "The file with one line principal:secret for plain Mesos."
    )
    static let failoverTimeout = Setting(
        "failover-timeout",
        .span(1...52 * 7 * day),
        .mesos,
        option: "failover_timeout",
        fallback: "2w",
        "How long tasks live on without a scheduler."
    )

    // MARK: portworx
    static let portworx = Setting(
        "portworx",
        .text("http(s)://host:port"),
        .portworx,
        option: "url",
        isRequired: true,
        "The OpenStorage SDK gateway of Portworx."
    )
    static let portworxToken = Setting(
        "portworx-token",
        .file,
        .portworx,
        option: "token_secret",
        fallbackWords: "none",
        isSecret: true,
        "The file with the token for a Portworx that asks for one."
    )
    static let agentNodes = Setting(
        "agent-nodes",
        .text("AGENT=NODE, several with commas between"),
        .portworx,
        option: "agent_nodes",
        fallbackWords: "none",
        "Agents that are matched to no Portworx node by address or name: the agent's host name and the node's."
    )
    static let volumeDriver = Setting(
        "volume-driver",
        .text("1 to 40 of [a-z0-9-_.]"),
        .portworx,
        option: "volume_driver",
        fallback: "pxd",
        "The docker volume driver of Portworx on the agents."
    )
    static let orphanGrace = Setting(
        "orphan-grace",
        .span(1...30 * day),
        .portworx,
        option: "orphan_grace",
        fallback: "10m",
        "How long a volume of ours that is in no ledger is left alone before it is deleted."
    )
    static let stuckAfter = Setting(
        "stuck-after",
        .span(1...30 * day),
        .portworx,
        option: "stuck_after",
        fallback: "5m",
        "How long somebody may have a copy attached that is to go before it counts as stuck."
    )

    // MARK: sources
    static let sources = Setting(
        "sources",
        .text("a file, a URL, or as a variable the JSON itself"),
        .sources,
        option: "definitions",
        fallbackWords: "none but those given over the API",
        "The sources, a JSON array."
    )
    static let helper = Setting(
        "helper",
        .file,
        .sources,
        option: nil,
        fallbackWords: "the one beside this program",
        "The helper copyboot, which seals copies."
    )
    static let helperURL = Setting(
        "helper-url",
        .text("an address or a path that agents can fetch"),
        .sources,
        option: "helper_url",
        fallbackWords: "from this scheduler, at the address of --advertise",
        "Where agents fetch the helper from."
    )

    // MARK: limits
    static let runsMax = Setting(
        "runs-max",
        .integer(1...10_000),
        .limits,
        option: "runs",
        fallback: "200",
        "How many runs of all sources are under way at a time."
    )
    static let queueMax = Setting(
        "queue-max",
        .integer(1...100_000),
        .limits,
        option: "queue",
        fallback: "1000",
        "How many runs may be asked for and not ended, those that wait among them."
    )
    static let historyKept = Setting(
        "history-kept",
        .span(1...365 * day),
        .limits,
        option: "history_kept",
        fallback: "7d",
        "How long ended runs are remembered."
    )
    static let historyMax = Setting(
        "history-max",
        .integer(100...100_000),
        .limits,
        option: "history_max",
        fallback: "10000",
        "How many ended runs are remembered, to within a hundred or so."
    )

    // MARK: api
    static let listen = Setting(
        "listen",
        .text("host:port"),
        .api,
        option: nil,
        fallbackWords: "127.0.0.1:8642; under Marathon 0.0.0.0:$PORT_API",
        "Where the API listens; port 0 picks one and prints it."
    )
    static let advertise = Setting(
        "advertise",
        .text("http(s)://host:port"),
        .api,
        option: "advertise",
        fallbackWords: "where it listens; under Marathon http://$HOST:$PORT_API",
        "The address that others reach the API at."
    )
    static let tokens = Setting(
        "tokens",
        .file,
        .api,
        option: "tokens_secret",
        fallbackWords: "none",
        isSecret: true,
        "The file of tokens that callers of the API need; read again when it changes."
    )
    static let dcosURL = Setting(
        "dcos-url",
        .text("http(s)://host"),
        .api,
        option: "dcos_url",
        fallbackWords: "none",
        "Admin Router: whom to ask about people's tokens, and where to log in when the credential does not say."
    )
    static let users = Setting(
        "users",
        .text("NAME=ROLE, several with commas between, * for everybody else"),
        .api,
        option: "users",
        fallbackWords: "nobody",
        "What people may do who come through Admin Router: view, run or admin; needs --dcos-url."
    )
    static let insecureNoAuth = Setting(
        "insecure-no-auth",
        .boolean,
        .api,
        option: "insecure_no_auth",
        fallback: "false",
        "Let whoever reaches the API use it, also from other machines, without tokens."
    )

    // MARK: state
    static let state = Setting(
        "state",
        .text("sqlite:PATH, or zk://HOST:PORT,…/dcos-service-NAME"),
        .state,
        option: "address",
        isRequired: true,
        "Where state is kept; in ZooKeeper others may stand by."
    )
    static let stateCredentials = Setting(
        "state-credentials",
        .file,
        .state,
        option: "credentials_secret",
        fallbackWords: "none: for everybody",
        isSecret: true,
        "The file with one line user:password for ZooKeeper; the state is for those alone then."
    )
    static let stateSession = Setting(
        "state-session",
        .span(1...120),
        .state,
        option: "session",
        fallback: "10s",
        "How long ZooKeeper waits for a scheduler before another may take over."
    )

    /// Every one, in the order in which documents list them.
    static let all: [Setting] = [
        name, user, logLevel, caFile, serviceAccount, uninstall, uninstallKeepsCopies, uninstallPatience,
        master, role, principal, mesosCredentials, failoverTimeout,
        portworx, portworxToken, agentNodes, volumeDriver, orphanGrace, stuckAfter,
        sources, helper, helperURL,
        runsMax, queueMax, historyKept, historyMax,
        listen, advertise, tokens, dcosURL, users, insecureNoAuth,
        state, stateCredentials, stateSession,
    ]
}
