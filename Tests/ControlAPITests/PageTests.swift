import API
import HTTPTypes
import Model
import Testing

@testable import ControlAPI

@Suite("The page")
struct PageTests {
    private static let now = Instant(milliseconds: 1_700_000_000_000)
    private static let hostile = #"<script>alert('x')</script>" onload="y"# + "\u{202E}\u{7}"

    private static func ago(_ span: Span) -> Timestamp {
        Timestamp(Instant(milliseconds: now.milliseconds - span.milliseconds))
    }

    private static func run(_ id: String, _ phase: Phase = .waiting, _ result: RunResult? = nil) -> RunView {
        RunView(
            id: RunID(id),
            key: hostile,
            owner: hostile,
            source: SourceName("guestbook"),
            phase: phase,
            result: result,
            reason: result == nil ? nil : hostile,
            tasks: [.init(id: TaskID("understudy.\(id).0.1"), state: nil, agent: hostile)],
            phases: [.init(phase: .requested, at: ago(.minutes(3)), seconds: 1.26)],
            obstacle: result == nil ? hostile : nil,
            refusals: [.init(reason: "memory", count: 3, example: hostile)]
        )
    }

    private static let copy = CopyView(
        name: CopyName("understudy-r1-s1"),
        kind: "snapshot",
        state: "present",
        source: SourceName("guestbook"),
        run: RunID("r1"),
        holder: hostile,
        parent: VolumeID("1"),
        bytes: 1_610_612_736,
        createdAt: Timestamp(now),
        attachedOn: hostile,
        fault: hostile
    )

    private static func health(_ obstacle: String? = nil, standIn: Bool = false) -> HealthView {
        HealthView(
            subscribed: obstacle == nil,
            leader: true,
            store: true,
            portworx: true,
            since: ago(.hours(2)),
            standIn: standIn,
            obstacle: obstacle,
            stuckCopies: obstacle == nil ? 0 : 2
        )
    }

    private func text(_ answer: ControlAnswer) -> String { String(decoding: answer.body, as: UTF8.self) }

    private func overview(_ runs: [RunView], _ health: HealthView = health(), next: RunID? = nil) throws -> String {
        let list = RunList(runs: runs, next: next)
        let copies = CopyList(snapshots: runs.isEmpty ? [] : [Self.copy])
        return text(
            try StatusPage.shared.get().overview(health: health, runs: list, copies: copies, now: Self.now)
        )
    }

    private func page(_ view: RunView, form: FormTokens.Pass? = nil) throws -> String {
        text(try StatusPage.shared.get().run(view, explanation: nil, now: Self.now, form: form))
    }

    @Test("escapes whatever comes from outside, and shows no character that hides others")
    func escapes() throws {
        let refusal = APIRefusal(status: 404, code: "api.not_found", message: Self.hostile)
        let pages = [
            try overview([Self.run("r1"), Self.run("r2", .ended, .failed)], Self.health(Self.hostile)),
            try page(Self.run("r1")), try page(Self.run("r2", .ended, .error)),
            text(try StatusPage.shared.get().refusal(refusal)),
        ]
        for page in pages {
            #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;"))
            #expect(!page.contains("<script") && !page.contains(#"" onload"#))
            #expect(!page.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{7}" })
        }
    }

    @Test(
        "escapes also what a letter before it or a mark behind it makes part of a longer character",
        arguments: [
            "\u{0D4E}<", "\u{111C2}<", "<\u{301}", "\"\u{301}", "\u{0D4E}\"", "'\u{FE0F}", "\u{0D4E}&lt;", ">\u{301}",
        ]
    )
    func escapesByScalars(text: String) throws {
        var view = Self.run("r1", .ended, .failed)
        view.reason = text
        view.key = nil
        view.owner = nil
        let refusal = APIRefusal(status: 404, code: "api.not_found", message: text)
        let health = Self.health(text)
        let pages = [
            try overview([view]), try overview([], health), try page(view),
            self.text(try StatusPage.shared.get().refusal(refusal)),
        ]
        // As a browser compares: text of Swift would find it as little as the library did.
        let raw = Array(text.utf8)
        for page in pages {
            let bytes = Array(page.utf8)
            let isRaw = bytes.indices.contains { bytes[$0...].starts(with: raw) }
            #expect(!isRaw, "\(raw)")
            #expect(page.unicodeScalars.contains(where: { !$0.isASCII }))
        }
    }

    @Test("shows no character that hides others in an endpoint's host either")
    func hosts() throws {
        var view = Self.run("r1", .testing)
        view.endpoints = [.init(host: "a\u{202E}b", port: 9_042, user: "u")]
        let page = try page(view)
        #expect(page.contains("a?b:9042"))
        #expect(!page.unicodeScalars.contains("\u{202E}"))
    }

    @Test("says what sealing came to")
    func sealing() throws {
        var view = Self.run("r1", .testing)
        view.sealing = .init(step: "ready", release: "3.11.19", ring: 3, complete: false, masked: 7)
        let page = try page(view)
        for words in ["3.11.19", "not all are whole", "<dd>7</dd>", "<dd>3</dd>"] {
            #expect(page.contains(words), "\(words)")
        }
    }

    @Test("a refusal leads from where it was met to the page and its style")
    func refusals() throws {
        let refusal = APIRefusal(status: 404, code: "api.unknown_run", message: "no such run")
        let routes: [(ControlRoute?, String, String)] = [
            (.page, "", "./"), (nil, "", "./"), (.runPage(RunID("r9")), "../", "../"),
            (.pageRelease(RunID("r9")), "../../", "../../"),
        ]
        for (route, root, home) in routes {
            let page = text(try StatusPage.shared.get().refusal(refusal, at: route))
            #expect(page.contains("href=\"\(root)style.css\"") && page.contains("href=\"\(home)\""))
        }
    }

    @Test("has relative links alone, which lead from a foldered path to where they should")
    func links() throws {
        let pass = FormTokens(secret: Secret("x")).pass(for: .anyone, now: Self.now)
        for page in [try overview([Self.run("r1")]), try page(Self.run("r1"), form: pass)] {
            var links = 0
            for name in ["href=\"", "action=\"", "src=\""] {
                for part in page.split(separator: name).dropFirst() {
                    links += 1
                    let link = part.prefix { $0 != "\"" }
                    #expect(!link.hasPrefix("/") && !link.contains("://"), "\(link)")
                }
            }
            #expect(links >= 4)
        }
        #expect(try overview([Self.run("r1")]).contains(#"href="runs/r1""#))
        #expect(try page(Self.run("r1"), form: pass).contains(#"action="r1/release""#))
    }

    @Test("says how the scheduler is, why runs wait, and what holds copies")
    func overviewSays() throws {
        let page = try overview([Self.run("r1")])
        for words in [
            "able to act", "for 2 h", "3 min ago", "waits: ", "1.5 GiB", "understudy-r1-s1", "snapshot, present",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(!page.contains("stand-in"))
        let ill = try overview([], Self.health("not subscribed to the Mesos master", standIn: true))
        for words in ["not able to act", "not subscribed to the Mesos master", "2 copies cannot", "local stand-in"] {
            #expect(ill.contains(words), "\(words)")
        }
        #expect(ill.contains("There are none yet") && ill.contains("nothing of production"))
    }

    @Test("shows every run that has not ended, and says that there are older ones")
    func many() throws {
        let runs = (0..<300).map { Self.run("a\($0)", $0 < 120 ? .waiting : .ended, $0 < 120 ? nil : .passed) }
        let page = try overview(runs)
        #expect(page.split(separator: "href=\"runs/").count - 1 == 220)
        #expect(page.contains("There are older ones"))
        #expect(!(try overview([Self.run("r1")]).contains("older ones")))
    }

    @Test("offers a run's end only where it may be asked for, and has not come")
    func form() throws {
        let pass = FormTokens(secret: Secret("x")).pass(for: .anyone, now: Self.now)
        #expect(try page(Self.run("r1"), form: pass).contains("<form"))
        #expect(!(try page(Self.run("r1")).contains("<form")))
        #expect(!(try page(Self.run("r1", .ended, .passed), form: pass).contains("<form")))
        #expect(try page(Self.run("r1")).contains("http-equiv=\"refresh\""))
        #expect(!(try page(Self.run("r1", .ended, .passed)).contains("http-equiv")))
    }

    @Test("lets nothing run in it, and nothing in from elsewhere")
    func policy() throws {
        let answer = try StatusPage.shared.get().run(Self.run("r1"), explanation: nil, now: Self.now, form: nil)
        #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
        #expect(answer.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; style-src 'self'") == true)
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        let referrer = try #require(HTTPField.Name("Referrer-Policy"))
        #expect(answer.headers[referrer] == "no-referrer")
        #expect(StatusPage.style.headers[.contentType] == "text/css; charset=utf-8")
    }

    @Test("a form's token is good for who was shown it, for an hour or two, under this process's secret")
    func tokens() {
        let tokens = FormTokens(secret: Secret("one"))
        let caller = Caller(name: "shop-ci", role: .run)
        let body = Array("token=\(tokens.pass(for: caller, now: Self.now).token)".utf8)
        #expect(tokens.isGood(body, for: caller, now: Self.now))
        #expect(tokens.isGood(body, for: caller, now: Self.now + .hours(1)))
        #expect(!tokens.isGood(body, for: caller, now: Self.now + .hours(2)))
        #expect(!tokens.isGood(body, for: Caller(name: "other", role: .run), now: Self.now))
        #expect(!tokens.isGood(body, for: Caller(name: "shop-ci", role: .admin), now: Self.now))
        #expect(!FormTokens(secret: Secret("two")).isGood(body, for: caller, now: Self.now))
        for bad in [[], Array(body.dropLast()), body + [0x26], Array(body.dropFirst(6))] {
            #expect(!tokens.isGood(bad, for: caller, now: Self.now))
        }
        #expect(!tokens.isGood(body + [UInt8](repeating: 0x20, count: 5_000), for: caller, now: Self.now))
    }

    @Test("sizes and ages are in their largest unit")
    func words() {
        #expect(
            [0, 1_023, 1_024, 1_536, 1_099_511_627_776].map(PageWords.size) == [
                "0 B", "1023 B", "1 KiB", "1.5 KiB", "1 TiB",
            ]
        )
        #expect(
            [Span.seconds(-5), .seconds(59), .minutes(61), .days(3)].map(PageWords.age) == [
                "0 s", "59 s", "1 h", "3 d",
            ]
        )
    }
}
