public import Model

extension APIClient {
    /// The login of a run that is ready.
    ///
    /// - Throws: the refusal (403 for a token of role `view`, 409 while the run is not ready or where nobody needs one),
    ///   `api.unreachable` or `api.bad_answer`.
    public func login(_ id: RunID) async throws(APIError) -> LoginView {
        try decoded(await send("GET", "/v1/runs/\(id)/login", within: Self.patience), statuses: [200])
    }
}
