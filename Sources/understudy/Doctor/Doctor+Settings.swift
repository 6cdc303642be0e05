import ControlAPI
import Lifecycle
import Model

extension Doctor {
    /// What the scheduler reads before it does anything; in itself every setting is right by now.
    mutating func checkSettings(helper: String) async {
        report.ok(.settings, "settings", "each is in its range")
        do throws(ControlAPIError) { _ = try HelperFile(path: helper) } catch {
            report.problem(
                .settings,
                "the helper copyboot",
                error.message,
                fix: "install it beside this program, or say where it is with --\(Setting.helper.name)"
            )
        }
        guard let place = subject.sourcesPlace else {
            report.problem(
                .source,
                "sources",
                "none are given here; those of the API are in the scheduler's hands ('understudy sources')",
                fix: "give --\(Setting.sources.name) what runs are to be made of"
            )
            return
        }
        await readSources(at: place)
    }

    private mutating func readSources(at place: String) async {
        let documents = SourceDocuments(http: subject.http)
        do throws(ServiceExit) { sources = try await documents.sources(at: place) } catch {
            report.problem(
                .settings,
                "sources",
                error.message,
                fix: "have --\(Setting.sources.name) name a JSON array of sources (docs/cassandra.md)"
            )
            return
        }
        guard !sources.isEmpty else {
            report.problem(.source, "sources", "the array is empty", fix: "write at least one source into it")
            return
        }
        for source in sources {
            guard let mask = source.mask, case .failure(let failure) = await documents.mask(at: mask) else { continue }
            report.problem(
                .settings,
                "the mask of source \(source.name)",
                failure.fault.message,
                fix: "have the source's mask name a file or an address of CQL that can be read from here"
            )
        }
    }
}

extension DoctorReport {
    /// Of settings that the scheduler would not begin with: nothing else can be looked at.
    init(_ exit: ServiceExit) {
        self.init()
        for problem in exit.problems {
            let setting = problem.setting
            self.problem(
                .settings,
                "--\(setting.name)",
                problem.message,
                fix: "give it as that or as \(setting.variable): \(setting.form)"
            )
        }
        if exit.problems.isEmpty { problem(.settings, "settings", exit.message, fix: "see 'understudy settings'") }
    }
}
