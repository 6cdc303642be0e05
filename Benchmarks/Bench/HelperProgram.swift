import FoundationEssentials
import LocalCluster

/// The helper `copyboot`: what agents fetch, and what a check, once a second, costs a container.
enum HelperProgram {
    private static let bytesInMB = 1_000_000.0

    static func rows(_ stage: Stage) async throws -> [Row] {
        let program = stage.program.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/copyboot"
        let size = try FileManager.default.attributesOfItem(atPath: program)[.size] as? Int
        guard let size else { throw BenchFault("\(program) has no size") }
        let rounds = stage.count(200, quick: 20)
        let checks = try await times(rounds, program, ["check", stage.premises.directory, "127.0.0.1", "1"], stage)
        // It is none of the hash that it is given, and says so after it has read itself.
        let digests = try await times(rounds, "/usr/bin/env", digesting(program), stage)
        let shells = try await times(rounds, "/bin/sh", ["-c", ":"], stage)
        return [
            .limited("helper: size", Double(size) / bytesInMB, max: 10, "MB"),
            .limited(
                "helper: start of a check",
                checks.median,
                max: 20,
                "ms",
                also: "of which a shell takes \(decimal(shells.median, 1)); \(checks.count) starts"
            ),
            .information("helper: start with its own digest", "\(decimal(digests.median, 1)) ms"),
        ]
    }

    private static func digesting(_ program: String) -> [String] {
        [
            "CASSANDRA_HOST=127.0.0.1", "CASSANDRA_PORT=1", "UNDERSTUDY_CLUSTER=ci-bench",
            "UNDERSTUDY_HELPER_SHA256=none", program, "await", "/bin/true",
        ]
    }

    private static func times(
        _ rounds: Int,
        _ program: String,
        _ arguments: [String],
        _ stage: Stage
    ) async throws -> Samples {
        var samples: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            _ = await (try stage.premises.start(program, arguments)).wait()
            samples.append((ContinuousClock.now - start).inMilliseconds)
        }
        return Samples(samples)
    }
}
