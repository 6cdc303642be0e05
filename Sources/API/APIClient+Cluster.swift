public import Model

extension APIClient {
    /// The plan of this name, `deploy` or `run-ID`.
    ///
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func plan(_ name: String) async throws(APIError) -> PlanView {
        try decoded(await send("GET", "/v1/plans/\(name)", within: Self.patience), statuses: [200, 202])
    }

    /// Begins the end of the installation, which cannot be taken back; safe to repeat.
    ///
    /// - Returns: the plan `deploy`, which says what has still to go.
    /// - Throws: the refusal (403 for a token of a lesser role than `admin`), `api.unreachable` or `api.bad_answer`.
    public func uninstall() async throws(APIError) -> PlanView {
        let body = Array("{}".utf8)
        return try decoded(
            await send("POST", "/v1/uninstall", body: body, within: Self.patience, isRepeatable: true),
            statuses: [200, 202]
        )
    }

    /// Takes a source in, in place of the one of its name.
    ///
    /// - Parameters:
    ///   - name: as the document has it.
    ///   - document: one source, JSON.
    /// - Returns: the source as it is listed then.
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func putSource(_ name: SourceName, _ document: [UInt8]) async throws(APIError) -> SourceView {
        try decoded(
            await send("PUT", "/v1/sources/\(name)", body: document, within: Self.patience, isRepeatable: true),
            statuses: [200]
        )
    }

    /// Takes a source away.
    ///
    /// - Throws: the refusal, also while a run of it has not ended; `api.unreachable` or `api.bad_answer`.
    public func removeSource(_ name: SourceName) async throws(APIError) {
        let answer = try await send("DELETE", "/v1/sources/\(name)", within: Self.patience)
        guard answer.status == 204 else { throw Self.refusal(answer) }
    }
}
