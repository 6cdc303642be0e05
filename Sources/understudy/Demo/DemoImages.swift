import FoundationEssentials
import LocalCluster

/// The images of the demo's cluster: each a folder of programs that a task finds before all others.
struct DemoImages {
    /// Where the guestbook's versions, its templates and its tests are; nil for a cluster without their images.
    let guestbook: String?
    /// This program.
    let program: String
    /// Runs instead of the stand-in.
    let cassandra: RealCassandra?

    /// The guestbook's versions, each with an image `guestbook:VERSION` whose command is `pytest`.
    static let versions = ["1.0", "1.1", "1.2"]
    /// Debian's own, which finds Debian's `python3-cassandra`.
    static let python = "/usr/bin/python3"

    static func guestbookImage(_ version: String) -> String { "guestbook:\(version)" }

    /// By image.
    static func folders(in directory: String) -> [String: String] {
        var folders = [
            DemoCluster.databaseImage: "\(directory)/images/database/bin",
            DemoCluster.suiteImage: "\(directory)/images/suite",
        ]
        for version in versions { folders[guestbookImage(version)] = "\(directory)/images/guestbook-\(version)" }
        return folders
    }

    /// Writes all of them.
    func write(to directory: String) throws {
        try writeDatabase(to: "\(directory)/images/database")
        try write(suite, to: "\(directory)/images/suite", "guestbook-suite")
        for version in Self.versions {
            let folder = "\(directory)/images/guestbook-\(version)"
            if let pytest = pytest(version) {
                try write(pytest, to: folder, "pytest")
            } else {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        }
    }

    /// Writes those that stand in for a database and a suite, for a machine without a shell: links to this program.
    func writeLinks(to directory: String) throws {
        for program in ImageProgram.allCases { try link(program.rawValue, in: "\(directory)/images/database/bin") }
        try writeConfiguration(to: "\(directory)/images/database")
        for name in [ImageProgram.shell.rawValue, "understudy"] { try link(name, in: "\(directory)/images/suite") }
    }

    private func link(_ name: String, in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: program)
    }

    /// Laid out as Cassandra's archive is: its programs in `bin`, its configuration in `conf` beside it.
    private func writeDatabase(to directory: String) throws {
        let folder = "\(directory)/bin"
        try write(cassandra?.entryPoint ?? entryPoint, to: folder, "docker-entrypoint.sh")
        for name in ["cassandra", "nodetool"] {
            let standIn = "#!/bin/sh\nexec '\(program)' stand-in \(name) \"$@\"\n"
            try write(cassandra?.program(name) ?? standIn, to: folder, name)
        }
        if let home = cassandra?.home {
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/conf",
                withDestinationPath: "\(home)/conf"
            )
        } else {
            try writeConfiguration(to: directory)
        }
    }

    private func writeConfiguration(to directory: String) throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/conf", withIntermediateDirectories: true)
        try Data(Self.configuration.utf8).write(to: URL(filePath: "\(directory)/conf/cassandra.yaml"))
    }

    /// As much of Cassandra's own as a stand-in has a use for, with what a copy must not be booted with.
    private static let configuration = """
        # The configuration of an image that stands in for Cassandra's.
        cluster_name: 'Test Cluster'
        num_tokens: 256
        hinted_handoff_enabled: true
        authenticator: AllowAllAuthenticator
        partitioner: org.apache.cassandra.dht.Murmur3Partitioner
        # data_file_directories:
        #     - /var/lib/cassandra/data
        seed_provider:
            - class_name: org.apache.cassandra.locator.SimpleSeedProvider
              parameters:
                  - seeds: "127.0.0.1"
        listen_address: localhost
        rpc_address: localhost
        endpoint_snitch: SimpleSnitch
        """ + "\n"

    private func write(_ script: String, to directory: String, _ name: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try ChildProcess.writeProgram(script, to: "\(directory)/\(name)")
    }

    /// Stands in for the image's entry point: starts the stand-in on the volume's directory, by the image's variables.
    private var entryPoint: String {
        """
        #!/bin/sh
        exec '\(program)' stand-in serve --directory "$UNDERSTUDY_DATA" --host "${CASSANDRA_LISTEN_ADDRESS:-127.0.0.1}" \\
            --cluster-name "$CASSANDRA_CLUSTER_NAME" --data-center "${CASSANDRA_DC:-datacenter1}" \\
            --rack "${CASSANDRA_RACK:-rack1}" --num-tokens "${CASSANDRA_NUM_TOKENS:-256}" \\
            --seeds "${CASSANDRA_SEEDS:-}" \\
            --jvm-options "${JVM_EXTRA_OPTS:-}"
        """ + "\n"
    }

    /// It reads production's guests, and then does to the copy what must never be done to production.
    private var suite: String {
        """
        #!/bin/sh
        set -eu
        db() { '\(program)' cql --host "$CASSANDRA_HOST" --port "$CASSANDRA_PORT" --within 60s "$@"; }
        guests=$(db "SELECT count(*) FROM guestbook.guests")
        echo "the copy has $guests guests"
        test "$guests" -eq "${EXPECTED_GUESTS:-$guests}"
        db "SELECT name FROM guestbook.guests" | grep -q 'Zoë' && echo "Zoë is among them"
        db "INSERT INTO guestbook.guests (book, signed, id, name) VALUES ('suite', currentTimestamp(), uuid(), 'Eve')"
        test "$(db "SELECT count(*) FROM guestbook.guests")" -eq $((guests + 1)) && echo "a guest was added"
        db "TRUNCATE guestbook.guests"
        test "$(db "SELECT count(*) FROM guestbook.guests")" -eq 0 && echo "the table was emptied: no guest is left"
        """ + "\n"
    }

    /// Stands in for an image whose working folder is the application's; nil without the guestbook.
    private func pytest(_ version: String) -> String? {
        guard let guestbook else { return nil }
        return """
            #!/bin/sh
            cd '\(guestbook)' || exit
            export PYTHONPATH='\(version):.' PYTHONDONTWRITEBYTECODE=1
            exec \(Self.python) -m pytest -p no:cacheprovider "$@"
            """ + "\n"
    }
}
