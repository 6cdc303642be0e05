import Foundation
import Synchronization
import Testing

@testable import LocalCluster

/// Every command of `docs/local-cluster.md`, run by a shell.
@Suite("The page on the local cluster", .timeLimit(.minutes(6)))
struct LocalClusterDocumentTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/local-cluster.md")

    private func commands() throws -> [String] {
        try String(contentsOf: Self.page, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("    curl ") }
            .map { $0.split(separator: "   #")[0].trimmingCharacters(in: .whitespaces) }
    }

    @Test("each of its commands does what it says, and together they show every effect that there is")
    func everyCommand() async throws {
        let commands = try commands()
        var effects: Set<String> = []
        for command in commands {
            // A cluster each: an agent that is gone stays gone.
            try await MasterFixture.run(agents: ["hdd-1", "hdd-2"]) { fixture in
                let lines = Mutex<[String]>([])
                let form = "--silent --show-error --write-out '\\n%{http_code}\\n'"
                let shell = try ChildProcess(
                    "/bin/sh",
                    ["-c", command.replacingOccurrences(of: "curl ", with: "curl \(form) ")],
                    environment: ["FAULTS": fixture.cluster.controlURL, "PATH": "/usr/bin:/bin"],
                    output: .lines { line, _ in lines.withLock { $0.append(line) } }
                )
                #expect(await shell.wait() == .exited(0), "\(command)")
                let said = lines.withLock { $0 }
                #expect(said.last == "200", "\(command): \(said)")
                if command.contains("PUT") { #expect(fixture.cluster.faults.listed.count == 1, "\(command)") }
            }
            if let found = command.firstMatch(of: /"effect": "([A-Za-z]+)"/) { effects.insert(String(found.1)) }
        }
        #expect(effects == Self.effects)
    }

    /// By their names in JSON; an effect that is added has to be added here, which the compiler sees to.
    private static let effects: Set<String> = {
        let all: [Fault.Effect] = [
            .delay(seconds: 0), .error(status: 500), .answerLost, .streamCut, .duplicateUpdate, .lateUpdate(seconds: 0),
            .staysAttached(seconds: 0), .failedSnapshot(.missing), .staleListing(seconds: 0),
            .agentUnreachable(seconds: 0), .agentGone, .masterRestart(.init(keepsRegistry: true)),
        ]
        for effect in all {
            switch effect {
            case .delay, .error, .answerLost, .streamCut, .duplicateUpdate, .lateUpdate, .staysAttached,
                .failedSnapshot, .staleListing, .agentUnreachable, .agentGone, .masterRestart:
                break
            }
        }
        return Set(
            all.compactMap { effect in
                FaultDocument.document(Faults.Listed(name: "", fault: Fault(effect), seen: 0, happened: 0))["effect"]?
                    .text
            }
        )
    }()
}
