public import Model

extension APIClient {
    /// A part of what one of a run's tasks said.
    ///
    /// - Throws: the refusal (404 when there is no such run or attempt, 410 when the output is gone), `api.unreachable` or
    ///   `api.bad_answer`.
    public func log(_ id: RunID, _ query: LogQuery, within: Span = patience) async throws(APIError) -> LogView {
        let view: LogView = try decoded(
            await send("GET", "/v1/runs/\(id)/logs?\(query.text)", within: within),
            statuses: [200]
        )
        guard view.next >= view.offset else {
            throw APIError(.badAnswer, .badAnswer, "a log that goes back from \(view.offset) to \(view.next)")
        }
        return view
    }

    /// A file that the suite left in its sandbox, whole.
    ///
    /// - Throws: the refusal (404 when there is no such run or file, 413 when it is too large), `api.unreachable` or
    ///   `api.bad_answer`.
    public func file(_ id: RunID, path: String, within: Span = patience) async throws(APIError) -> [UInt8] {
        let answer = try await send("GET", "/v1/runs/\(id)/files?\(FileQuery(path: path).text)", within: within)
        guard answer.status == 200 else { throw Self.refusal(answer) }
        return answer.body
    }
}
