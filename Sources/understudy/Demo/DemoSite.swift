import Glibc
import LocalCluster
import Synchronization

/// The guestbook's web application at work, one version at a time: what the article deploys to production.
///
/// It runs beside the cluster, where a real one would be another service of DC/OS.
final class DemoSite: Sendable {
    private static let startLimit = Duration.seconds(30)
    private static let stopLimit = Duration.seconds(10)

    private let guestbook: String
    private let environment: [String: String]
    private let process = Mutex<ChildProcess?>(nil)
    private let lines = Mutex<[String]>([])

    /// - Parameters:
    ///   - guestbook: the folder of its versions.
    ///   - environment: where its database is.
    init(guestbook: String, environment: [String: String]) {
        self.guestbook = guestbook
        self.environment = environment
    }

    /// Ends the version that runs, and starts another.
    ///
    /// - Parameters:
    ///   - version: a folder of the guestbook's.
    ///   - port: 0 for one of the system's choice.
    /// - Returns: its port.
    /// - Throws: when it ends before it serves, with its last words.
    func deploy(_ version: String, port: UInt16 = 0) async throws -> UInt16 {
        await stop()
        let (ports, feed) = AsyncStream.makeStream(of: UInt16.self)
        let started = try ChildProcess(
            DemoImages.python,
            ["-u", "-m", "waitress", "--listen=127.0.0.1:\(port)", "guestbook:app"],
            environment: environment.merging([
                "PYTHONPATH": "\(guestbook)/\(version):\(guestbook)", "PYTHONDONTWRITEBYTECODE": "1",
            ]) { _, own in own },
            output: .lines { [self] line, _ in
                lines.withLock { $0.append(line) }
                guard line.contains("Serving on"), let port = line.split(separator: ":").last.flatMap({ UInt16($0) })
                else { return }
                feed.yield(port)
            }
        )
        process.withLock { $0 = started }
        let ending = Task {
            _ = await started.wait()
            feed.finish()
        }
        let watch = Task {
            try await Task.sleep(for: Self.startLimit)
            feed.finish()
        }
        defer {
            ending.cancel()
            watch.cancel()
        }
        for await port in ports { return port }
        throw DemoFault("the guestbook \(version) does not serve; its last words:\n\(lastWords(10))")
    }

    /// What it said last.
    func lastWords(_ count: Int) -> String { lines.withLock { $0.suffix(count).joined(separator: "\n") } }

    /// Safe to repeat.
    func stop() async {
        _ = await process.withLock { $0 }?.end(by: SIGTERM, within: Self.stopLimit)
    }
}
