import FoundationEssentials
import LocalCluster
import Testing

@testable import understudy

/// The scheduler's app as Cosmos renders it from the package, and Marathon's part of starting it.
struct PackagedApp: Decodable {
    struct Container: Decodable {
        struct Volume: Decodable {
            var containerPath: String
            var secret: String
        }
        var volumes: [Volume]
    }

    struct Secret: Decodable { var source: String }

    struct HealthCheck: Decodable { var path: String }

    struct Check: Decodable {
        struct HTTP: Decodable { var path: String }
        var http: HTTP
    }

    var id: String
    var args: [String]
    var container: Container
    var secrets: [String: Secret]
    var env: [String: String]
    var labels: [String: String]
    var healthChecks: [HealthCheck]
    var check: Check

    /// Renders the package.
    ///
    /// - Parameters:
    ///   - options: as `dcos package install --options` takes them.
    ///   - folder: for the file that they are in.
    /// - Returns: the app, with the labels that Cosmos adds.
    /// - Throws: when the options are refused, with the words of the refusal.
    static func rendered(_ options: [String: [String: String]], in folder: String) async throws -> PackagedApp {
        let file = "\(folder)/options.json"
        try JSONEncoder().encode(options).write(to: URL(filePath: file))
        let (ending, output) = try await Stage.run(
            Stage.sources.appending(path: "scripts/universe").path(),
            ["render", "--without-cli", "--as-cosmos", "--options", file],
            environment: ["PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": ""]
        )
        guard ending == .exited(0) else { throw DemoFault("the package is not rendered: \(output)") }
        // Its warnings come first.
        let document = output.drop { $0 != "{" }
        return try JSONDecoder().decode(PackagedApp.self, from: Data(document.utf8))
    }

    /// What Marathon gives a task, on this machine.
    ///
    /// - Parameters:
    ///   - port: of the port named `api`.
    ///   - sandbox: where its secrets are put.
    ///   - vault: the secrets by their paths.
    /// - Returns: all of its environment.
    /// - Throws: when a secret is not in the vault.
    func environment(port: Int, sandbox: String, vault: [String: [UInt8]]) throws -> [String: String] {
        try FileManager.default.createDirectory(atPath: sandbox, withIntermediateDirectories: true)
        for volume in container.volumes {
            guard let secret = secrets[volume.secret], let content = vault[secret.source] else {
                throw DemoFault("no secret \(volume.secret)")
            }
            try Data(content).write(to: URL(filePath: "\(sandbox)/\(volume.containerPath)"))
        }
        let given = [
            "MARATHON_APP_ID": id, "HOST": "127.0.0.1", "PORT_API": "\(port)", "PORT0": "\(port)",
            "MESOS_SANDBOX": sandbox,
        ]
        return env.merging(given) { _, given in given }
    }
}
