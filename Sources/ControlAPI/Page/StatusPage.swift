import API
import HTTPTypes
import Model
import Mustache

/// The page for people: rendered here, without a script, with relative links alone.
struct StatusPage: Sendable {
    /// Ended runs that are shown beside all that have not ended.
    static let endedMax = 100

    private let head: MustacheTemplate
    private let overview: MustacheTemplate
    private let run: MustacheTemplate
    private let refusal: MustacheTemplate

    /// The one of this process; or what is wrong with its templates.
    static let shared = Result { try StatusPage() }

    /// Reads the templates.
    ///
    /// - Throws: when one of them is wrong.
    init() throws {
        MustacheContentTypes.register(PageText(), named: PageText.name)
        head = try Self.template(PageTemplates.head)
        overview = try Self.template(PageTemplates.overview)
        run = try Self.template(PageTemplates.run)
        refusal = try Self.template(PageTemplates.refusal)
    }

    /// One that escapes as ``PageText`` does: none is read without.
    private static func template(_ text: String) throws -> MustacheTemplate {
        try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageText.name)}}" + text)
    }

    /// What all pages share.
    static var style: ControlAnswer {
        var answer = ControlAnswer(200)
        answer.body = Array(PageTemplates.style.utf8)
        answer.headers[.contentType] = "text/css; charset=utf-8"
        answer.headers[.xContentTypeOptions] = "nosniff"
        return answer
    }

    /// All runs and copies, and how the scheduler is.
    func overview(
        health: HealthView,
        runs: RunList,
        copies: CopyList,
        now: Instant
    ) -> ControlAnswer {
        let active = runs.runs.filter { $0.phase != .ended }
        let ended = runs.runs.filter { $0.phase == .ended }
        let shown = active + ended.prefix(Self.endedMax)
        let isCut = runs.next != nil || shown.count < runs.runs.count
        return page(
            200,
            title: "Understudy",
            root: "",
            refreshes: true,
            overview,
            [
                "health": Self.filled(Self.health(health, now)), "runs": shown.map { Self.filled(Self.line($0, now)) },
                "copies": copies.snapshots.map { Self.filled(Self.copy($0)) },
                "more": isCut ? "There are older ones: 'understudy runs' lists them." : "",
            ]
        )
    }

    /// One run, whole.
    func run(
        _ view: RunView,
        explanation: ExplanationView?,
        now: Instant,
        form: FormTokens.Pass?
    ) -> ControlAnswer {
        let mayEnd = view.result == nil
        let refusals = view.refusals.map { refusal in
            [
                "reason": PageWords.text(refusal.reason) ?? "", "count": "\(refusal.count)",
                "example": PageWords.text(refusal.example) ?? "",
            ]
        }
        return page(
            200,
            title: "Run \(view.id)",
            root: "../",
            refreshes: view.phase != .ended,
            run,
            [
                "id": view.id.value, "class": PageWords.look(view), "state": PageWords.state(view),
                "reason": PageWords.text(view.reason) ?? "",
                "sentence": view.result == nil ? PageWords.text(explanation?.sentence) ?? "" : "",
                "token": mayEnd ? form?.token ?? "" : "",
                "button": view.service && view.phase == .ready ? "Release" : "Cancel",
                "facts": PageFacts.of(view, now), "phases": view.phases.map { Self.filled(Self.phase($0)) },
                "tasks": view.tasks.map { Self.filled(Self.task($0)) }, "refusals": refusals,
                "hasRefusals": !refusals.isEmpty,
                "refresh": view.phase != .ended,
            ]
        )
    }

    /// Why there is no page to show.
    ///
    /// - Parameters:
    ///   - refusal: what was refused.
    ///   - route: where; links lead from there.
    /// - Returns: the page, with the refusal's status.
    func refusal(_ refusal: APIRefusal, at route: ControlRoute? = nil) -> ControlAnswer {
        let root = Self.root(from: route)
        let advice =
            refusal.status == 401
            ? "A browser has no token to show here: use the command line, or ask the API with one." : ""
        return page(
            refusal.status,
            title: "Understudy: \(refusal.status)",
            root: root,
            refreshes: false,
            self.refusal,
            [
                "home": root.isEmpty ? "./" : root, "title": "This cannot be shown",
                "message": PageWords.text(refusal.body.message) ?? "",
                "advice": advice, "code": PageWords.text(refusal.body.code) ?? "",
            ]
        )
    }

    /// How a page of that path gets to ours at `/`.
    private static func root(from route: ControlRoute?) -> String {
        switch route {
        case .runPage: "../"
        case .pageRelease: "../../"
        case .page, .pageStyle, .runs, .run, .log, .file, .command, .explain, .events, .login, .helper, .forecast,
            .sources, .source, .snapshots, .sweep, .frameworkReset, .uninstall, .health, .alive, .serviceStatus, .plans,
            .plan, .endpoints, .endpoint, .frameworkID, nil:
            ""
        }
    }

    private func page(
        _ status: Int,
        title: String,
        root: String,
        refreshes: Bool,
        _ template: MustacheTemplate,
        _ values: [String: Any]
    ) -> ControlAnswer {
        let beginning = head.render(["title": title, "root": root, "refresh": refreshes] as [String: Any])
        var answer = ControlAnswer(status)
        answer.body = Array((beginning + template.render(Self.filled(values))).utf8)
        answer.headers[.contentType] = "text/html; charset=utf-8"
        answer.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
        answer.headers[.xContentTypeOptions] = "nosniff"
        // A path names a run, and the gateway's host a cluster.
        if let name = HTTPField.Name("Referrer-Policy") { answer.headers[name] = "no-referrer" }
        return answer
    }

    // MARK: parts

    /// An empty text counts as none in a template only when it is not there.
    private static func filled(_ values: [String: Any]) -> [String: Any] {
        values.filter { ($0.value as? String)?.isEmpty != true }
    }

    private static func health(_ health: HealthView, _ now: Instant) -> [String: Any] {
        let age = PageWords.age(now - health.since.instant)
        var notes: [String] = []
        if health.stuckCopies > 0 {
            notes.append("\(health.stuckCopies) copies cannot be deleted: a person has to look.")
        }
        if health.strayTasks > 0 { notes.append("\(health.strayTasks) tasks that no run knew were ended.") }
        return [
            "class": health.isAbleToAct ? "good" : "bad",
            "word": health.isAbleToAct ? "able to act" : "not able to act",
            "detail": "for \(age)" + (PageWords.text(health.obstacle).map { ": \($0)" } ?? ""),
            "framework": health.frameworkId.flatMap { PageWords.text($0.value) } ?? "", "standIn": health.standIn,
            "notes": notes,
        ]
    }

    private static func line(_ view: RunView, _ now: Instant) -> [String: Any] {
        let begun = view.phases.first.map { "\(PageWords.age(now - $0.at.instant)) ago" } ?? ""
        return [
            "id": view.id.value, "source": view.source.value, "class": PageWords.look(view),
            "state": PageWords.state(view), "age": begun, "owner": PageWords.text(view.owner) ?? "",
            "key": PageWords.text(view.key) ?? "", "tier": PageWords.tier(view.tier) ?? "",
            "why": PageWords.why(view) ?? "",
        ]
    }

    private static func copy(_ view: CopyView) -> [String: Any] {
        [
            "name": view.name.value, "kind": view.kind, "state": view.state, "size": PageWords.size(view.bytes),
            "tier": view.tier?.rawValue ?? "", "holder": PageWords.text(view.holder) ?? "",
            "attached": PageWords.text(view.attachedOn) ?? "", "fault": PageWords.text(view.fault) ?? "",
        ]
    }

    private static func phase(_ view: RunView.PhaseView) -> [String: Any] {
        ["phase": view.phase.rawValue, "at": "\(view.at)", "took": view.took ?? ""]
    }

    private static func task(_ view: RunView.TaskView) -> [String: Any] {
        [
            "id": view.id.value, "state": view.state?.rawValue ?? "not heard of yet",
            "agent": PageWords.text(view.agent) ?? "",
        ]
    }
}
