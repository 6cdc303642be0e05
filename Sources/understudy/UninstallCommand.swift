import API
import ArgumentParser
import Model

/// The command `understudy uninstall`.
struct UninstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Ends every run, deletes every copy, takes the framework down and forgets all state.",
        discussion: """
            Cannot be taken back. The scheduler stays up afterwards, so that a supervisor does not start it again; stop it \
            by hand. What could not be removed is listed, and the command exits with 1 then.

            With --verify nothing is done: Mesos, the store and Portworx are looked at for what is left, each with how to \
            remove it. That takes the scheduler's settings, flags and environment alike, and exits with 0 when nothing is \
            left, 1 when something is, 3 when one of the places could not be looked at, 78 for wrong settings.
            """
    )

    /// Between two looks at how far it is.
    private static let pause = Span.seconds(1)

    @Flag(help: "Do it: without this nothing is done.")
    var yes = false

    @Flag(help: "Do not wait for its end.")
    var detach = false

    @Flag(help: "Only look for what an uninstallation has left.")
    var verify = false

    @OptionGroup var client: ClientOptions

    @OptionGroup(title: "With --verify, as of 'understudy scheduler'", visibility: .hidden)
    var settings: SchedulerOptions

    func validate() throws {
        if verify {
            guard !yes, !detach else { throw ValidationError("--verify only looks: leave out --yes and --detach") }
            guard !Invocation.current.isPlugin else {
                throw ValidationError(
                    "--verify goes by the scheduler's own settings: the program by its own name has it, "
                        + "'understudy uninstall --verify'"
                )
            }
            return
        }
        if let name = settings.given.keys.sorted().first {
            throw ValidationError("--\(name) is for --verify: without it a running scheduler is asked")
        }
        guard yes else {
            throw ValidationError("this ends the installation for good, and deletes every copy: say --yes")
        }
    }

    func run() async throws {
        if verify { return try await lookForLeftovers() }
        let asJSON = client.json
        let plan = try await client.withClient { client in
            var plan = try await client.uninstall()
            if detach { return plan }
            var said: Set<String> = []
            while !plan.isOver {
                if !asJSON { Self.tell(plan, &said) }
                try await Task.sleep(for: Self.pause.duration)
                plan = try await client.plan("deploy")
            }
            if !asJSON { Self.tell(plan, &said) }
            return plan
        }
        if asJSON { try Output.standardOutput.json(plan) }
        guard plan.isOver else { return }
        for error in plan.errors { Output.standardError.line("understudy: \(error)") }
        guard plan.errors.isEmpty else { throw ExitCode(1) }
        if !asJSON { Output.standardOutput.line("nothing is left; the scheduler may be stopped") }
    }

    /// What has changed since the last look.
    private static func tell(_ plan: PlanView, _ said: inout Set<String>) {
        for phase in plan.phases {
            for step in phase.steps where step.status != .pending {
                let message = step.message.isEmpty ? "" : ": \(step.message)"
                let line = "\(phase.name) \(step.name) \(step.status.rawValue)\(message)"
                if said.insert(line).inserted { Output.standardOutput.line(line) }
            }
        }
    }
}
