import API
import ArgumentParser
import Model

/// Lists the data sets: `understudy sources`.
struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Lists the data sets that runs can be asked of."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let list = try await client.withClient { try await $0.sources() }
        guard !client.json else { return try Output.standardOutput.json(list) }
        Output.standardOutput.table(
            ["SOURCE", "VOLUMES", "TIER", "COPY", "RUNS", "SNAPSHOTS", "LEASE"],
            list.sources.map { source in
                [
                    source.name.value, source.volumes.joined(separator: ","),
                    source.tier.rawValue + (source.requiresTier ? " (required)" : ""), source.copy,
                    "\(source.runs.used)/\(source.runs.limit)", "\(source.snapshots.used)/\(source.snapshots.limit)",
                    "\(source.lease), at most \(source.leaseMax)",
                ]
            }
        )
    }
}

/// Lists the copies: `understudy snapshots`.
struct SnapshotsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshots",
        abstract: "Lists every copy that there is, and what holds it."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let list = try await client.withClient { try await $0.snapshots() }
        guard !client.json else { return try Output.standardOutput.json(list) }
        Output.standardOutput.table(
            ["COPY", "KIND", "STATE", "SOURCE", "GIB", "TIER", "HELD BY"],
            list.snapshots.map { copy in
                [
                    copy.name.value, copy.kind, copy.state, copy.source.value, "\(copy.bytes >> 30)",
                    copy.tier?.rawValue ?? "-", copy.holder + (copy.fault.map { "; last fault: \($0)" } ?? ""),
                ]
            }
        )
    }
}
