extension Faults {
    /// Takes one call past the faults: it may wait, be refused without effect, or lose its answer.
    ///
    /// - Parameters:
    ///   - message: the call.
    ///   - line: the connection it came by.
    ///   - refuse: an error answer of that status, in the server's form.
    ///   - effect: the call itself, and its answer.
    /// - Returns: an answer that is never seen once the line is cut.
    func pass<Answer>(
        _ message: FaultMessage,
        on line: Line,
        refuse: (_ status: Int) -> Answer,
        effect: (MetFaults) async throws -> Answer
    ) async rethrows -> Answer {
        let met = meet(message)
        await wait(met.delay)
        if let status = met.status { return refuse(status) }
        let answer = try await effect(met)
        if met.isAnswerLost { line.cut() }
        return answer
    }

    /// Waits, unless the server ends meanwhile.
    func wait(_ seconds: Double) async {
        guard seconds > 0 else { return }
        try? await Task.sleep(for: .seconds(seconds))  // cancelled: the server ends, and nobody waits any more
    }
}
