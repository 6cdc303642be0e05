import API
import ArgumentParser
import Model

extension RunCommand {
    /// Says what the request would come to; exits with 2 when it would be refused.
    func forecast(_ request: RunRequest) async throws {
        let view = try await client.withClient { try await $0.forecast(request) }
        if client.json {
            try Output.standardOutput.json(view)
        } else {
            Self.lines(of: view, request).forEach(Output.standardOutput.line)
        }
        if view.refusal != nil { throw ExitCodes.usage }
    }

    static func lines(of view: ForecastView, _ request: RunRequest) -> [String] {
        if let refusal = view.refusal {
            return ["it would be refused: \(refusal.message)" + (refusal.field.map { " (field \($0))" } ?? "")]
        }
        var lines: [String] = []
        if let obstacle = view.obstacle { lines.append("it would wait: \(obstacle)") }
        let copies = view.holds.copies
        lines.append(
            copies.isEmpty
                ? "it would make no copy"
                : "it would make a \(copies.joined(separator: " and a ")) of \(request.source)"
                    + (view.tier.got.map { ", on tier \($0.rawValue)" } ?? "")
                    + (view.tier.wanted.map { ", wanted \($0.rawValue)" } ?? "")
        )
        let holds = view.holds
        lines.append("it would hold \(holds.cpus) cpus, \(holds.memoryMB) MB of memory and \(holds.ports) ports")
        for place in view.places.prefix(5) {
            let tier = place.tier.map { ", tier \($0.rawValue)" } ?? ""
            lines.append("it would fit on \(place.agent)\(tier)\(place.onReplica ? ", where the copy lies" : "")")
        }
        if view.places.count > 5 { lines.append("and on \(view.places.count - 5) more") }
        if view.places.isEmpty {
            lines.append(
                view.offersAt.map { "it would fit nowhere now; offers last came \($0)" }
                    ?? "nobody can tell where it would fit: Mesos has offered nothing"
            )
        }
        lines += view.refusals.map { "  \($0.count) would not do, \($0.reason)" + ($0.example.map { ": \($0)" } ?? "") }
        return lines
    }
}
