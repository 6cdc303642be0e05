import API
import ArgumentParser
import HTTPTransport

extension UninstallCommand {
    /// Of a peer's words, which may have any length.
    private static let textMax = 1_000

    /// Looks in all places, and tells by the exit code whether anything is left there.
    func lookForLeftovers() async throws {
        let leftovers: Leftovers
        do {
            let configuration = try SchedulerConfiguration(given: settings.given, environment: environmentVariable)
            let http = try HTTPClient(HTTPConfiguration(caFile: configuration.caFile))
            leftovers = await UninstallVerifier.look(try DoctorSubject(configuration, http: http))
            await http.shutdown()
        } catch {
            let exit = ServiceExit.wrap(error)
            for problem in exit.problems { Output.standardError.line("understudy: \(problem)") }
            if exit.problems.isEmpty { Output.standardError.line("understudy: \(exit.message)") }
            throw exit.commandStatus
        }
        if client.json {
            try Output.standardOutput.json(leftovers)
        } else {
            leftovers.lines.forEach { Output.standardOutput.line(printable($0, max: Self.textMax)) }
        }
        if !leftovers.items.isEmpty { throw ExitCode(1) }
        if !leftovers.unseen.isEmpty { throw ExitCodes.infrastructure }
    }
}

extension Leftovers {
    /// For people: a numbered line each, and below it how to remove it.
    fileprivate var lines: [String] {
        var lines: [String] = []
        for (index, item) in items.enumerated() {
            lines += ["\(index + 1). left in \(item.place.rawValue): \(item.what)", "   remove: \(item.removal)"]
        }
        for unseen in unseen {
            lines += ["could not look in \(unseen.place.rawValue): \(unseen.reason)", "   fix: \(unseen.fix)"]
        }
        lines += remarks.map { "remark: \($0)" }
        return items.isEmpty && unseen.isEmpty ? lines + ["nothing is left"] : lines
    }
}
