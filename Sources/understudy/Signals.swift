import UnixSignals

/// Runs until it is done, or until SIGINT, SIGTERM or, when its terminal is closed, SIGHUP, which cancel it.
///
/// - Returns: nil when a signal came first.
func untilSignalled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value? {
    // Before the body begins: a signal that comes first of all must not leave what the body has made by then.
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            for await _ in signals { return nil }
            // Cancelled, which is when the body is done: its own result comes first.
            try await Task.sleep(for: .seconds(3_600))
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
