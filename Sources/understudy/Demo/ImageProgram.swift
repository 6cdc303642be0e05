/// This program by another name: it stands in for the programs of an image whose files are links to it.
enum ImageProgram: String, CaseIterable {
    /// Starts the stand-in by the image's variables.
    case entryPoint = "docker-entrypoint.sh"
    /// As the image's own.
    case cassandra
    /// As the image's own.
    case nodetool
    /// In an image without a shell.
    case shell = "sh"

    /// What the command line would have been by its own name.
    ///
    /// - Parameters:
    ///   - given: without the program's name.
    ///   - variable: of the environment.
    /// - Returns: subcommand and arguments.
    func arguments(_ given: [String], _ variable: (String) -> String?) -> [String] {
        switch self {
        case .entryPoint: ["stand-in", "serve"] + Self.identity(variable)
        case .cassandra: ["stand-in", "cassandra"] + given
        case .nodetool: ["stand-in", "nodetool"] + given
        case .shell: ["stand-in", "sh"] + given
        }
    }

    private static func identity(_ variable: (String) -> String?) -> [String] {
        [
            "--directory", variable("UNDERSTUDY_DATA") ?? "",
            "--host", variable("CASSANDRA_LISTEN_ADDRESS") ?? "127.0.0.1",
            "--cluster-name", variable("CASSANDRA_CLUSTER_NAME") ?? "",
            "--data-center", variable("CASSANDRA_DC") ?? "datacenter1",
            "--rack", variable("CASSANDRA_RACK") ?? "rack1",
            "--num-tokens", variable("CASSANDRA_NUM_TOKENS") ?? "256",
            "--seeds", variable("CASSANDRA_SEEDS") ?? "",
            "--jvm-options", variable("JVM_EXTRA_OPTS") ?? "",
        ]
    }
}
