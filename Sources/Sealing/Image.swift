import Glibc
import Model

/// What the image has of Cassandra: its programs and its configuration.
struct Image {
    /// `cassandra`, which starts it.
    let cassandra: String
    /// `nodetool`.
    let nodetool: String
    /// The text of its `cassandra.yaml`.
    let yaml: String

    private static let yamlBytesMax = 1_024 * 1_024
    private static let programBytesMax = 1_024 * 1_024

    /// Looks for them where the official images, and the archive, have them.
    ///
    /// - Throws: `noCassandra`.
    init(environment: [String: String]) throws(SealFailure) {
        let path = environment["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let folders = path.split(separator: ":").map(String.init) + ["/opt/cassandra/bin", "/usr/sbin", "/usr/bin"]
        func program(_ name: String) throws(SealFailure) -> String {
            let paths: [String] = folders.map { "\($0)/\(name)" }
            guard let found = paths.first(where: { access($0, X_OK) == 0 }) else {
                throw SealFailure(.noCassandra, "there is no \(name) in \(folders.joined(separator: ":"))")
            }
            return found
        }
        cassandra = try program("cassandra")
        nodetool = try program("nodetool")
        let beside = cassandra.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
        let named = [environment["CASSANDRA_CONF"], environment["CASSANDRA_CONFIG"]]
        let configurations = named.compactMap(\.self) + ["\(beside)/conf", "/etc/cassandra"]
        let texts = configurations.lazy.compactMap {
            SmallFile.text("\($0)/cassandra.yaml", bytesMax: Self.yamlBytesMax)
        }
        guard let text = texts.first else {
            throw SealFailure(.noCassandra, "no cassandra.yaml in \(configurations.joined(separator: ", "))")
        }
        yaml = text
    }

    /// What makes `cassandra` stay in the foreground, and, as root, start at all: newer ones want to be told twice.
    func arguments(asRoot: Bool) -> [String] {
        guard asRoot, let script = SmallFile.read(cassandra, bytesMax: Self.programBytesMax) else {
            return [cassandra, "-f"]
        }
        let knows = String(decoding: script, as: UTF8.self).split(separator: "\n").contains { line in
            line.split(separator: " ").contains("-R)")
        }
        return [cassandra, "-f"] + (knows ? ["-R"] : [])
    }
}
