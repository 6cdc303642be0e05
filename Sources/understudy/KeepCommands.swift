import API
import ArgumentParser
import Model

/// Keeps what a run leaves: `understudy keep RUN`.
struct KeepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep",
        abstract: "Keeps a run's clone and snapshot after its end; 'open' boots the clone again.",
        discussion: "What was said last counts: '--for 1s' gives back what a failed run keeps."
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @Option(
        name: .customLong("for"),
        help: "How long, from the run's end or from now: 90s, 30m, 2h, 7d.",
        transform: span
    )
    var lease = Span.hours(2)

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let view = try await client.withClient { try await $0.keep(run, for: lease) }
        try client.say(view) { view in
            let until = view.keptUntil.map { "kept until \($0)" } ?? "kept for \(lease) once it has ended"
            return "run \(view.id): \(until)"
        }
    }
}

/// Lengthens a run's lease: `understudy extend RUN`.
struct ExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Lets a run's lease end later; the source's longest lease is the limit."
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @Option(help: "How long from now: 90s, 30m, 2h.", transform: span)
    var lease = Span.hours(1)

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let view = try await client.withClient { try await $0.extend(run, by: lease) }
        try client.say(view) { view in
            let ends = view.lease.ends.map { "its lease ends \($0)" } ?? "its lease is \(lease) from its launch on"
            return "run \(view.id): \(ends)"
        }
    }
}

/// Gives a service run a fresh clone: `understudy reset RUN`.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Gives a service run a fresh clone of its snapshot.",
        discussion: "On the same agent and port when they are offered within 60 s; 'show' says where it is then."
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let view = try await client.withClient { try await $0.reset(run) }
        try client.say(view) { "run \($0.id): \($0.phase.rawValue); 'understudy show \($0.id)' says when it is ready" }
    }
}

extension ClientOptions {
    /// Prints an answer: as JSON when asked to, else in words.
    func say<View: Encodable>(_ view: View, _ words: (View) -> String) throws {
        guard !json else { return try Output.standardOutput.json(view) }
        Output.standardOutput.line(words(view))
    }
}
