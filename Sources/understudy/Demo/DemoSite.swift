import Glibc
import LocalCluster
import Synchronization

/// The guestbook's web application at work, one version at a time: what the article deploys to production.
///
/// It runs beside the cluster, where a real one would be another service of DC/OS.
final class DemoSite: Sendable {
    private static let startLimit = Duration.seconds(30)
    private static let stopLimit = Duration.seconds(10)

    /// Where it serves: one that nobody is given by the system while a version is not there.
    let port: UInt16
    private let guestbook: String
    private let environment: [String: String]
    private let process = Mutex<ChildProcess?>(nil)
    private let lines = Mutex<[String]>([])

    /// - Parameters:
    ///   - guestbook: the folder of its versions.
    ///   - port: where to serve.
    ///   - environment: where its database is.
    init(guestbook: String, port: UInt16, environment: [String: String]) {
        self.port = port
        self.guestbook = guestbook
        self.environment = environment
    }

    /// Ends the version that runs, and starts another.
    ///
    /// - Parameter version: a folder of the guestbook's.
    /// - Throws: when it ends before it serves, with its last words.
    func deploy(_ version: String) async throws {
        await stop()
        let (serving, feed) = AsyncStream.makeStream(of: Void.self)
        let started = try ChildProcess(
            DemoImages.python,
            ["-u", "-m", "waitress", "--listen=127.0.0.1:\(port)", "guestbook:app"],
            environment: environment.merging([
                "PYTHONPATH": "\(guestbook)/\(version):\(guestbook)", "PYTHONDONTWRITEBYTECODE": "1",
            ]) { _, own in own },
            output: .lines { [self] line, _ in
                lines.withLock { $0.append(line) }
                if line.contains("Serving on") { feed.yield() }
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
        for await _ in serving { return }
        throw DemoFault("the guestbook \(version) does not serve; its last words:\n\(lastWords(10))")
    }

    /// What it said last.
    func lastWords(_ count: Int) -> String { lines.withLock { $0.suffix(count).joined(separator: "\n") } }

    /// Safe to repeat.
    func stop() async {
        _ = await process.withLock { $0 }?.end(by: SIGTERM, within: Self.stopLimit)
    }
}
