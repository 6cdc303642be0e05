package import Testing

/// One server for a suite: started before its first test, ended after its last.
package struct WithZooKeeper: SuiteTrait, TestScoping {
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
        let server = try await ZooKeeperServer.start()
        let result: Result<Void, any Error>
        do { result = .success(try await Self.$current.withValue(server) { try await function() }) } catch {
            result = .failure(error)
        }
        await server.stop()
        try result.get()
    }
}

extension Trait where Self == WithZooKeeper {
    /// Gives the suite a real ZooKeeper.
    package static var withZooKeeper: Self { Self() }
}
