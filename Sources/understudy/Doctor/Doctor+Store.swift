import Scheduler
import StateStore

extension Doctor {
    /// Whether a scheduler could keep its state there; nothing is locked or made by looking.
    mutating func checkStore() async {
        let place = "\(subject.state)"
        let seen: StateInspection
        do throws(StateStoreError) { seen = try await subject.inspectState() } catch {
            report.problem(.store, place, "\(error)", fix: fix(for: error))
            return
        }
        if let obstacle = seen.obstacle {
            report.problem(
                .store,
                place,
                obstacle,
                fix: "make it, or let this user write there, or give --\(Setting.state.name) another place"
            )
            return
        }
        if case .records(let keys) = seen.content, Records.isMarkAlone(keys) {
            report.problem(
                .store,
                place,
                "holds the mark that this installation has been uninstalled: a scheduler does nothing on it",
                fix: "remove it to begin anew, or give --\(Setting.state.name) another place"
            )
            return
        }
        guard let holder = seen.holder else {
            report.ok(.store, place, "\(content(seen)), and nobody has it")
            return
        }
        report.ok(.store, place, "\(content(seen)); \(holder) acts on it")
    }

    private func content(_ seen: StateInspection) -> String {
        switch seen.content {
        case .nothing: "there is no state yet, and one can be made"
        case .records(let keys): "a state of ours, \(keys.count) \(keys.count == 1 ? "record" : "records")"
        case .unreadable(let why): "a state of ours, whose records are not shown: \(why)"
        }
    }

    private func fix(for error: StateStoreError) -> String {
        switch error.code {
        case .denied: "have --\(Setting.stateCredentials.name) name the user and password that the state was made with"
        case .newerFormat: "start the version that wrote it, or a later one"
        case .corrupt: "give --\(Setting.state.name) a place of its own; what is there is left as it is"
        case .fenced, .locked, .limit, .io, .lost, .closed, .badAddress:
            "see that --\(Setting.state.name) names what can be reached and read from here"
        }
    }
}
