package import Testing

/// A server for the suite's tests: suites that run at the same time share one, each test has a path of its own in it.
package struct WithZooKeeper: SuiteTrait, TestScoping {
    /// The server, and how many suites use it.
    private actor Shared {
        static let one = Shared()
        private var server: Task<ZooKeeperServer, any Error>?
        private var users = 0

        func enter() async throws -> ZooKeeperServer {
            users += 1
            let server = server ?? Task { try await ZooKeeperServer.start() }
            self.server = server
            return try await server.value
        }

        func leave() async {
            users -= 1
            guard users == 0, let last = server else { return }
            server = nil
            // One that did not start has ended itself.
            if case .success(let server) = await last.result { await server.stop() }
        }
    }

    @TaskLocal private static var current: ZooKeeperServer?

    /// The suite's server.
    ///
    /// - Throws: outside of a suite that has one.
    package static var server: ZooKeeperServer {
        get throws { try #require(current, "the suite is not .withZooKeeper") }
    }

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let result: Result<Void, any Error>
        do {
            let server = try await Shared.one.enter()
            result = .success(try await Self.$current.withValue(server) { try await function() })
        } catch {
            result = .failure(error)
        }
        await Shared.one.leave()
        try result.get()
    }
}

extension Trait where Self == WithZooKeeper {
    /// Gives the suite a real ZooKeeper.
    package static var withZooKeeper: Self { Self() }
}
