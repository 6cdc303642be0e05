public import Model

extension APIClient {
    /// How often a sweep that was asked for is looked at.
    private static let sweepPause = Span.milliseconds(200)

    /// What the sweep would do now; changes nothing.
    ///
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func sweepPlan() async throws(APIError) -> SweepView {
        try decoded(await send("GET", "/v1/sweep", within: Self.patience), statuses: [200])
    }

    /// Has volumes listed at once, and waits for what follows from the list.
    ///
    /// - Parameters:
    ///   - within: for the list to come; after that the plan is of an older one, as its ``SweepView/listed`` says.
    ///   - pause: between two looks, for as long as it takes.
    /// - Returns: the plan after that list, or the latest one, and whether it is of that list.
    /// - Throws: the refusal (403 for a token of role `view`), `api.unreachable` or `api.bad_answer`.
    public func sweep(
        within: Span = patience,
        pause: (Span) async throws -> Void
    ) async throws -> (plan: SweepView, isFresh: Bool) {
        let body = Array("{}".utf8)
        var view: SweepView = try decoded(
            await send("POST", "/v1/sweep", body: body, within: Self.patience, isRepeatable: true),
            statuses: [202]
        )
        let asked = view.at
        var waited = Span.zero
        while view.listed.map({ $0 < asked }) ?? true {
            guard waited < within, view.fault == nil else { return (view, false) }
            try await pause(Self.sweepPause)
            waited = waited + Self.sweepPause
            view = try await sweepPlan()
        }
        return (view, true)
    }
}
