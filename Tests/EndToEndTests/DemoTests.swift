import Foundation
import LocalCluster
import Synchronization
import Testing

@testable import understudy

@Suite("The demo", .timeLimit(.minutes(6)))
struct DemoTests {
    /// The program's `demo`, in a temporary folder of its own.
    final class Show: Sendable {
        let temporary: String
        private let said = Mutex<[String]>([])
        private let lines: AsyncStream<String>
        let process: ChildProcess

        init(_ arguments: [String], firstPort: UInt16, environment: [String: String] = [:]) throws {
            temporary = "/tmp/understudy-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
            let (lines, feed) = AsyncStream.makeStream(of: String.self)
            self.lines = lines
            let own = [
                "TMPDIR": temporary, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                "LD_LIBRARY_PATH": environmentVariable("LD_LIBRARY_PATH") ?? "",
            ]
            process = try ChildProcess(
                Stage.program,
                ["demo", "--guestbook", Self.guestbook, "--first-port", "\(firstPort)"] + arguments,
                environment: own.merging(environment) { _, given in given },
                output: .lines { line, _ in feed.yield(line) }
            )
            let process = process
            Task {
                _ = await process.wait()
                feed.finish()
            }
        }

        static var guestbook: String { Stage.sources.appending(path: "examples/guestbook").path }

        // What is left is the test's, not the user's.
        deinit { try? FileManager.default.removeItem(atPath: temporary) }

        /// Reads on until a line has this in it; false when it ends before.
        func until(_ text: String) async -> Bool {
            for await line in lines {
                said.withLock { $0.append(line) }
                if line.contains(text) { return true }
            }
            return false
        }

        /// All it has said, once it has ended.
        func ending() async -> (ChildProcess.Ending, String) {
            for await line in lines { said.withLock { $0.append(line) } }
            return (await process.wait(), output)
        }

        var output: String { said.withLock { $0.joined(separator: "\n") } }

        /// Files, and processes that speak of the folder in their arguments or environment.
        func leftBehind() throws -> [String] {
            let files = try FileManager.default.contentsOfDirectory(atPath: temporary)
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                guard let id = Int32(name), id != getpid() else { return false }
                // A process that ends meanwhile is none that is left.
                return ["cmdline", "environ"].contains { file in
                    guard let data = FileManager.default.contents(atPath: "/proc/\(id)/\(file)") else { return false }
                    return String(decoding: data, as: UTF8.self).contains(temporary)
                }
            }
            return files + processes.map { "process \($0)" }
        }
    }

    @Test(
        "the story is told to its end: green on dummy data, broken, red on the copy, green with the fix, nothing left"
    )
    func story() async throws {
        let show = try Show([], firstPort: 20_000)
        let (ending, output) = await show.ending()
        #expect(ending == .exited(0), "\(output)")
        for part in [
            "== 1  the guestbook runs on production", "understudy-stand-in", "guests: Ada, Grace, Zoë",
            "== 2  a change", "    | 4 passed", "GET /          200",
            "== 3  a guest signs", "GET /          500", "    | KeyError: 'É'",
            "== 4  the same tests on a copy of production: red", "1 failed", "failed: the suite failed", "unchanged",
            "== 5  the fix, on the very same snapshot: green", "passed: the suite exited 0",
            "== what is left", "volumes        guestbook-production", "tasks          1, production's own", "done in ",
        ] { #expect(output.contains(part), "\(part) is missing in:\n\(output)") }
        #expect(try show.leftBehind() == [])
        let shown = try ConsoleDocument.block(of: "README.md", behind: "Shortened:")
        #expect(ConsoleDocument.shows(["…"] + shown, output), "the README shows otherwise:\n\(output)")
    }

    /// A moment each: a line of the story, after which the signal comes.
    @Test(
        "Ctrl-C at any moment leaves no process and no folder",
        arguments: [
            "== 1", "production ", "guestbook 1.0", "pytest tests", "== 3", "== 4", "starting", "== 5",
            "== what is left",
        ]
    )
    func interrupted(moment: String) async throws {
        try await DemoTests.turn.take {
            let show = try Show(["--keep"], firstPort: 20_500)
            #expect(await show.until(moment), "\(show.output)")
            show.process.signal(SIGINT)
            let (ending, output) = await show.ending()
            #expect(ending == .exited(130), "\(output)")
            #expect(output.hasSuffix("interrupted: everything that was started has been ended"), "\(output)")
            #expect(try show.leftBehind() == [])
        }
    }

    /// Arguments of one test run beside each other; these share their ports.
    private static let turn = Turn()

    private actor Turn {
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take(_ body: @Sendable () async throws -> Void) async throws {
            if isTaken { await withCheckedContinuation { waiting.append($0) } }
            isTaken = true
            defer {
                isTaken = false
                if !waiting.isEmpty { waiting.removeFirst().resume() }
            }
            try await body()
        }
    }

    @Test("a folder without a guestbook is refused in words")
    func noGuestbook() async throws {
        let (ending, output) = try await Stage.run(try Stage.program, ["demo", "--guestbook", "/nowhere"])
        #expect(ending == .exited(2))
        #expect(output.contains("/nowhere holds no guestbook; --guestbook says where it is"), "\(output)")
    }

    /// A folder that looks like Cassandra's, whose program serves by what its configuration says: it stands in for one, since none
    /// is installed where tests run.
    private func cassandraHome(in folder: String) throws -> String {
        let home = "\(folder)/cassandra"
        try FileManager.default.createDirectory(atPath: "\(home)/conf", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(home)/bin", withIntermediateDirectories: true)
        let yaml = """
            cluster_name: 'Test Cluster'
            num_tokens: 256
            # hints_directory: /var/lib/cassandra/hints
            # data_file_directories:
            #     - /var/lib/cassandra/data
            # commitlog_directory: /var/lib/cassandra/commitlog
            seed_provider:
                - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                  parameters:
                      - seeds: "127.0.0.1"
            listen_address: localhost
            rpc_address: localhost
            endpoint_snitch: SimpleSnitch
            """
        try Data((yaml + "\n").utf8).write(to: URL(filePath: "\(home)/conf/cassandra.yaml"))
        let program = """
            #!/bin/sh
            # -R is a flag of the real one too.
            set -eu
            yaml=${CASSANDRA_CONF:-}/cassandra.yaml
            for argument; do
                case $argument in -Dcassandra.config=file://*) yaml=${argument#*=file://} ;; esac
            done
            /usr/bin/python3 - "$yaml" <<'PYTHON'
            import sys, yaml
            settings = yaml.safe_load(open(sys.argv[1]))
            assert settings["num_tokens"] == 256 and settings["endpoint_snitch"] == "GossipingPropertyFileSnitch", settings
            (data,) = settings["data_file_directories"]
            assert settings["hints_directory"] == data.replace("/data", "/hints"), settings
            assert settings["listen_address"] == settings["rpc_address"], settings
            (seeds,) = settings["seed_provider"][0]["parameters"]
            assert seeds["seeds"] == settings["listen_address"], settings
            PYTHON
            # Of a copy, the helper has named the files.
            case " $* " in *" -Dcassandra.config="*) exec '\(try Stage.program)' stand-in cassandra "$@" ;; esac
            value() { sed -n "s/^$1: //p" "$yaml" | tr -d "'"; }
            data=$(sed -n 's/^data_file_directories: \\[ \\(.*\\)\\/data \\]$/\\1/p' "$yaml")
            name=$(value cluster_name)
            if [ ! -d "$data/data/system" ]; then
                '\(try Stage.program)' stand-in init --directory "$data" --cluster-name "$name"
            fi
            exec '\(try Stage.program)' stand-in serve --directory "$data" --host "$(value listen_address)" \\
                --cluster-name "$name" --jvm-options "$JVM_EXTRA_OPTS"
            """
        try ChildProcess.writeProgram(program + "\n", to: "\(home)/bin/cassandra")
        let nodetool = "#!/bin/sh\nexec '\(try Stage.program)' stand-in nodetool \"$@\"\n"
        try ChildProcess.writeProgram(nodetool, to: "\(home)/bin/nodetool")
        return home
    }

    @Test(
        "with CASSANDRA_HOME that Cassandra runs, on production's volume and on the copies, by a configuration of its own"
    )
    func realCassandra() async throws {
        let folder = "/tmp/understudy-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's, not the user's
        let home = try cassandraHome(in: folder)
        let show = try Show([], firstPort: 31_000, environment: ["CASSANDRA_HOME": home])
        let (ending, output) = await show.ending()
        #expect(ending == .exited(0), "\(output)")
        #expect(try show.leftBehind() == [])
        let conf = try String(contentsOfFile: "\(home)/conf/cassandra.yaml", encoding: .utf8)
        #expect(conf.contains("cluster_name: 'Test Cluster'"), "the installation's own configuration is not touched")
    }
}
