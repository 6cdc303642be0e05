import UnixSignals

/// Runs until it is done, or until SIGINT, SIGTERM or, when its terminal is closed, SIGHUP, which cancel it.
///
/// - Returns: nil when a signal came first.
func untilSignalled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) { return nil }
            // Cancelled, which is when the body is done: its own result comes first.
            try await Task.sleep(for: .seconds(3_600))
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
