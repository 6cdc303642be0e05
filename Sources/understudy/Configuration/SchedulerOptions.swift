import ArgumentParser

/// The flags of every command that is told what the scheduler is told.
///
/// Their words come from the table; a test holds their names against it.
struct SchedulerOptions: ParsableArguments {
    @Option(help: .init(stringLiteral: Setting.master.help)) var master: String?
    @Option(help: .init(stringLiteral: Setting.portworx.help)) var portworx: String?
    @Option(help: .init(stringLiteral: Setting.state.help)) var state: String?
    @Option(help: .init(stringLiteral: Setting.stateCredentials.help)) var stateCredentials: String?
    @Option(help: .init(stringLiteral: Setting.stateSession.help)) var stateSession: String?
    @Option(help: .init(stringLiteral: Setting.listen.help)) var listen: String?
    @Option(help: .init(stringLiteral: Setting.advertise.help)) var advertise: String?
    @Option(help: .init(stringLiteral: Setting.sources.help)) var sources: String?
    @Option(help: .init(stringLiteral: Setting.helper.help)) var helper: String?
    @Option(help: .init(stringLiteral: Setting.helperURL.help)) var helperUrl: String?
    @Option(help: .init(stringLiteral: Setting.name.help)) var name: String?
    @Option(help: .init(stringLiteral: Setting.role.help)) var role: String?
    @Option(help: .init(stringLiteral: Setting.user.help)) var user: String?
    @Option(help: .init(stringLiteral: Setting.principal.help)) var principal: String?
    @Option(help: .init(stringLiteral: Setting.mesosCredentials.help)) var mesosCredentials: String?
    @Option(help: .init(stringLiteral: Setting.serviceAccount.help)) var serviceAccount: String?
    @Option(help: .init(stringLiteral: Setting.caFile.help)) var caFile: String?
    @Option(help: .init(stringLiteral: Setting.failoverTimeout.help)) var failoverTimeout: String?
    @Option(help: .init(stringLiteral: Setting.portworxToken.help)) var portworxToken: String?
    @Option(help: .init(stringLiteral: Setting.agentNodes.help)) var agentNodes: String?
    @Option(help: .init(stringLiteral: Setting.volumeDriver.help)) var volumeDriver: String?
    @Option(help: .init(stringLiteral: Setting.orphanGrace.help)) var orphanGrace: String?
    @Option(help: .init(stringLiteral: Setting.stuckAfter.help)) var stuckAfter: String?
    @Option(help: .init(stringLiteral: Setting.runsMax.help)) var runsMax: String?
    @Option(help: .init(stringLiteral: Setting.queueMax.help)) var queueMax: String?
    @Option(help: .init(stringLiteral: Setting.historyKept.help)) var historyKept: String?
    @Option(help: .init(stringLiteral: Setting.historyMax.help)) var historyMax: String?
    @Option(help: .init(stringLiteral: Setting.tokens.help)) var tokens: String?
    @Option(help: .init(stringLiteral: Setting.dcosURL.help)) var dcosUrl: String?
    @Option(help: .init(stringLiteral: Setting.users.help)) var users: String?
    @Option(help: .init(stringLiteral: Setting.logLevel.help)) var logLevel: String?
    @Option(help: .init(stringLiteral: Setting.uninstallPatience.help)) var uninstallPatience: String?
    @Flag(help: .init(stringLiteral: Setting.uninstall.help)) var uninstall = false
    @Flag(help: .init(stringLiteral: Setting.uninstallKeepsCopies.help)) var uninstallKeepsCopies = false
    @Flag(help: .init(stringLiteral: Setting.insecureNoAuth.help)) var insecureNoAuth = false

    /// What was given, by the settings' names.
    var given: [String: String] {
        let options: [(Setting, String?)] = [
            (.master, master), (.portworx, portworx), (.state, state), (.stateCredentials, stateCredentials),
            (.stateSession, stateSession), (.listen, listen), (.advertise, advertise), (.sources, sources),
            (.helper, helper), (.helperURL, helperUrl), (.name, name), (.role, role), (.user, user),
            (.principal, principal), (.mesosCredentials, mesosCredentials),
            (.caFile, caFile), (.failoverTimeout, failoverTimeout), (.portworxToken, portworxToken),
            (.agentNodes, agentNodes), (.volumeDriver, volumeDriver), (.orphanGrace, orphanGrace),
            (.stuckAfter, stuckAfter), (.runsMax, runsMax), (.queueMax, queueMax), (.historyKept, historyKept),
            (.historyMax, historyMax), (.tokens, tokens), (.serviceAccount, serviceAccount), (.dcosURL, dcosUrl),
            (.users, users),
            (.logLevel, logLevel), (.uninstallPatience, uninstallPatience), (.uninstall, uninstall ? "true" : nil),
            (.uninstallKeepsCopies, uninstallKeepsCopies ? "true" : nil),
            (.insecureNoAuth, insecureNoAuth ? "true" : nil),
        ]
        return Dictionary(uniqueKeysWithValues: options.compactMap { row in row.1.map { (row.0.name, $0) } })
    }
}
