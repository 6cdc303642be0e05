import FoundationEssentials
import LocalCluster

/// The scheduler under an independent load, beside a C program on the same libraries that does as little as possible.
///
/// Rounds are interleaved: a machine that slows down slows both.
struct Rig {
    /// What the rig's master does.
    private struct Load {
        let name: String
        let flags: [String]
    }

    private let stage: Stage
    private let tools: RigTools
    private let portworx: String

    static func rows(_ stage: Stage, rig: String) async throws -> [Row] {
        let tools: RigTools
        switch try await RigTools.build(from: rig, on: stage.premises) {
        case .failure(let why): return [.skipped("load rig", "\(why)")]
        case .success(let built): tools = built
        }
        return try await BenchCluster.with(nodes: 5, on: stage.premises) { cluster in
            try await Rig(stage: stage, tools: tools, portworx: cluster.storageURL).rows()
        }
    }

    private func rows() async throws -> [Row] {
        let cycles = stage.count(100, quick: 10)
        let loads = [
            Load(name: "1000 agents x 10", flags: ["-agents", "1000", "-batch", "10", "-cycles", "\(cycles)"]),
            Load(name: "1000 agents x 1000", flags: ["-agents", "1000", "-batch", "1000", "-cycles", "\(cycles * 5)"]),
            Load(name: "10000 agents x 10000", flags: ["-agents", "10000", "-batch", "0", "-cycles", "\(cycles / 5)"]),
        ]
        var rows: [Row] = []
        for load in loads {
            var ours: [RigResult] = []
            var floors: [RigResult] = []
            for _ in 0..<stage.count(3, quick: 1) {
                ours.append(try await play(load, scheduler()))
                if let floor = tools.floor { floors.append(try await play(load, [floor, "{url}", "-mode", "event"])) }
            }
            rows += Self.rows(load.name, ours, floors)
        }
        return rows
    }

    private func scheduler() throws -> [String] {
        let folder = try stage.premises.folder("rig-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        return [stage.program]
            + (try SchedulerProcess.arguments(
                folder: folder,
                master: "{hostport}",
                portworx: portworx,
                state: "\(folder)/state.sqlite"
            ))
    }

    /// Without work our scheduler asks for no offers; the rig sends them all the same.
    private func play(_ load: Load, _ scheduler: [String]) async throws -> RigResult {
        let file = "\(stage.premises.directory)/rig-\(String(UInt64.random(in: .min ... .max), radix: 36)).json"
        let said = Said()
        let flags = load.flags + ["-suppress=false", "-warmup", "2", "-role", "*", "-out", file, "--"]
        let process = try stage.premises.start(tools.master, flags + scheduler) { line, _ in said.add(line) }
        let ending = await process.wait()
        guard ending == .exited(0) else {
            throw BenchFault("the rig's master says that not all was answered (\(ending)):\n\(said.text)")
        }
        return try JSONDecoder().decode(RigResult.self, from: Data(contentsOf: URL(filePath: file)))
    }

    private static func rows(_ name: String, _ ours: [RigResult], _ floors: [RigResult]) -> [Row] {
        let errors = ours.map(\.protocolErrors).max() ?? 0
        let open = ours.map(\.offersOpen).max() ?? 0
        let rate = Samples(ours.compactMap(\.offersPerSecond))
        let peak = Samples(ours.compactMap(\.peakMB))
        let cost = Samples(ours.compactMap(\.cpuSecondsPer100k))
        let floor = Samples(floors.compactMap(\.cpuSecondsPer100k))
        let figures = "\(decimal(rate.median / 1_000, 0))k offers/s, peak \(decimal(peak.median, 1)) MiB"
        var comparison = "\(decimal(cost.median, 3)) s per 100k offers"
        if floor.count > 0 {
            let ratio = decimal(cost.median / floor.median, 2)
            comparison += ", floor \(decimal(floor.median, 3)) s: ratio \(ratio)"
        }
        return [
            .limited("rig, \(name): protocol errors", Double(errors), max: 0, "", digits: 0, also: figures),
            .limited("rig, \(name): offers unanswered", Double(open), max: 0, "", digits: 0),
            .information("rig, \(name): CPU", comparison),
        ]
    }
}
