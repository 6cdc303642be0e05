import Cassandra
import Glibc
import Model

/// Starts the image's programs with our configuration, as the owner of the data.
struct Launcher {
    private let order: BootOrder
    private let environment: [String: String]
    private let sandbox: String
    private let owner: Owner
    private let image: Image

    init(
        _ order: BootOrder,
        _ environment: [String: String],
        _ sandbox: String,
        _ owner: Owner,
        _ image: Image
    ) {
        self.order = order
        self.environment = environment
        self.sandbox = sandbox
        self.owner = owner
        self.image = image
    }

    /// Starts Cassandra for one of the two boots.
    ///
    /// - Throws: `cannotWrite`, `bootFailed`.
    func start(_ configuration: BootConfiguration) throws(SealFailure) -> CassandraProcess {
        try owner.pass(sandbox)
        let folder = try make("\(sandbox)/cassandra-\(configuration.phase == .isolated ? "isolated" : "published")")
        try SmallFile.write(configuration.yaml(from: image.yaml), to: "\(folder)/cassandra.yaml")
        try SmallFile.write(configuration.rackProperties, to: "\(folder)/cassandra-rackdc.properties")
        let logs = try make("\(sandbox)/cassandra-logs")
        try owner.own(logs)
        var variables = inherited
        variables["CASSANDRA_LOG_DIR"] = logs
        let asRoot = Owner.isRoot && owner.user == 0
        let arguments = image.arguments(asRoot: asRoot) + configuration.properties(in: folder, logs: logs)
        return try CassandraProcess(owner.command(arguments), environment: variables)
    }

    /// Starts the image's nodetool against the isolated boot.
    func nodetool(_ command: String) throws(SealFailure) -> CassandraProcess {
        var variables = inherited
        // Newer Java takes the address that nodetool makes for a malformed one (CASSANDRA-17581).
        variables["JAVA_TOOL_OPTIONS"] = "-Dcom.sun.jndi.rmiURLParsing=legacy"
        let arguments = [image.nodetool, "-h", "127.0.0.1", "-p", "\(order.ports.jmx)", command]
        return try CassandraProcess(owner.command(arguments), environment: variables)
    }

    /// The image's environment and the task's, without what the helper alone has to know.
    private var inherited: [String: String] {
        environment.filter { !$0.key.hasPrefix("UNDERSTUDY_") || $0.key == "UNDERSTUDY_LOCAL_CLUSTER" }
    }

    private func make(_ folder: String) throws(SealFailure) -> String {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw SealFailure(.cannotWrite, "\(folder): \(lastError())")
        }
        return folder
    }
}
