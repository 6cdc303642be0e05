import ArgumentParser
import HTTPTransport

/// The command `understudy doctor`.
struct DoctorCommand: AsyncParsableCommand {
    /// How the report is written down.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at all that a run needs, and says what to do about what is wrong.",
        discussion: """
            Takes the scheduler's settings, flags and environment alike, and changes nothing; a scheduler may run on them \
            meanwhile. Exits with 0 when a run could start now, 1 when not, 2 when a setting is missing, 78 when one is \
            wrong.
            """
    )

    @Option(help: "text or json.")
    var format = Form.text

    @OptionGroup var options: SchedulerOptions

    func run() async throws {
        let configuration: SchedulerConfiguration
        do throws(ServiceExit) {
            configuration = try SchedulerConfiguration(given: options.given, environment: environmentVariable)
        } catch {
            try tell(DoctorReport(error))
            throw error.commandStatus
        }
        let http: HTTPClient
        do throws(HTTPError) { http = try HTTPClient(HTTPConfiguration(caFile: configuration.caFile)) } catch {
            try tell(DoctorReport(ServiceExit.wrap(error)))
            throw ServiceExit.configuration
        }
        let report: DoctorReport
        do {
            report = await Doctor.examine(try DoctorSubject(configuration, http: http), helper: configuration.helper)
        } catch {
            report = DoctorReport(ServiceExit.wrap(error))
        }
        await http.shutdown()
        try tell(report)
        if report.isMisconfigured { throw ServiceExit.configuration }
        if !report.isWell { throw ExitCode(1) }
    }

    private func tell(_ report: DoctorReport) throws {
        switch format {
        case .text: report.lines.forEach(Output.standardOutput.line)
        case .json: try Output.standardOutput.json(report)
        }
    }
}
