import API
import HTTPTypes
import Hummingbird
import Model
import Scheduler

/// What it takes to show the page, and to take its forms back: one for the life of a process.
struct PageDesk: Sendable {
    let page: StatusPage
    let forms: FormTokens
    let now: @Sendable () -> Instant

    /// - Throws: `control_api.bad_page`.
    init(now: @escaping @Sendable () -> Instant) throws(ControlAPIError) {
        do {
            page = try StatusPage.shared.get()
        } catch {
            throw ControlAPIError(.badPage, "the page's templates are wrong: \(error)")
        }
        // A form that was shown by an earlier process is refused, and shown anew.
        forms = FormTokens(secret: RunLogins.makeSecret())
        self.now = now
    }

    /// What a form of this caller carries; nil for one that may not change anything.
    func pass(for caller: Caller) -> FormTokens.Pass? {
        caller.role >= .run ? forms.pass(for: caller, now: now()) : nil
    }

    /// A refusal as a page; any other answer as it is.
    func readable(_ answer: ControlAnswer, at route: ControlRoute?) -> ControlAnswer {
        guard let refusal = answer.refusal else { return answer }
        var page = page.refusal(refusal, at: route)
        for field in answer.headers where page.headers[field.name] == nil { page.headers.append(field) }
        page.closes = answer.closes
        return page
    }
}

extension ControlAPIError.Code {
    /// Templates that cannot be read: a fault of ours.
    static let badPage = Self("bad_page")
}

extension ControlResponder {
    func overview(_ desk: PageDesk) async throws(APIRefusal) -> ControlAnswer {
        desk.page.overview(
            health: await shownHealth(),
            runs: try await shownRuns(),
            copies: await service.copies(),
            now: desk.now()
        )
    }

    /// Every run that has not ended, however old, and the youngest that have: these alone are read from the store.
    private func shownRuns() async throws(APIRefusal) -> RunList {
        var shown = try await service.runs(RunsQuery(limit: StatusPage.endedMax))
        var seen = Set(shown.runs.map(\.id))
        // One that goes on meanwhile is met again, and shown once.
        for phase in Phase.allCases where phase != .ended {
            let query = RunsQuery(phase: phase, limit: RequestLimits.pageRuns.upperBound)
            for run in try await service.runs(query).runs where seen.insert(run.id).inserted { shown.runs.append(run) }
        }
        return shown
    }

    func page(of id: RunID, for caller: Caller, _ desk: PageDesk) async throws(APIRefusal) -> ControlAnswer {
        guard let run = try await service.run(id) else { return unknown(id) }
        return desk.page.run(
            run,
            explanation: try await service.explain(id),
            now: desk.now(),
            form: desk.pass(for: caller)
        )
    }

    /// Releases a run for whoever has its form before them, and shows its page again.
    func pageRelease(
        _ id: RunID,
        _ request: Request,
        from caller: Caller,
        _ desk: PageDesk
    ) async throws -> ControlAnswer {
        try await reading(request, Self.raw) { body in
            guard desk.forms.isGood(body, for: caller, now: desk.now()) else {
                let message = "this form is of another page, or too old: go back, load the page again, and repeat"
                return ControlAnswer(APIRefusal(status: 403, code: "api.bad_form", message: message))
            }
            switch await service.release(id) {
            case .success(nil): return unknown(id)
            case .failure(let refusal): return ControlAnswer(refusal)
            case .success:
                var answer = ControlAnswer(303)
                // Relative: nobody here knows under which path a gateway shows the page.
                answer.headers[.location] = "../\(id)"
                return answer
            }
        }
    }
}
