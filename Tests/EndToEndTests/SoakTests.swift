import API
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

/// Short runs one after the other on a bad day, without a restart; `make soak` is the long form.
@Suite("The scheduler works for long", .serialized, .timeLimit(.minutes(30)))
struct SoakTests {
    private static let runs = environmentVariable("UNDERSTUDY_SOAK").flatMap(Int.init) ?? 20
    private static let seed = environmentVariable("UNDERSTUDY_SEED").flatMap(UInt64.init) ?? 1
    private static let runsAtOnce = 20
    /// Of the first part, after which everything has been done that is done again and again: history is full too.
    private static let warmUp = 200
    /// What is kept of a failed run is kept for so long; beside all other tests, a suite may begin later than that.
    private static let lease = runs > warmUp ? "20s" : "2m"
    private static let sources = BadDay.sources.replacing(#""lease": "10m""#, with: "\"lease\": \"\(lease)\"")

    /// What the scheduler's process takes while nothing is under way.
    private struct Figures {
        var residentMB: Double
        var descriptors: Int
    }

    @Test("every run ends, nothing is left, and no memory and no descriptor is lost on the way")
    func soak() async throws {
        try await Stage.play(firstPort: 30_000) { stage in
            let before = try await stage.checksum()
            // A master that is lost with every twentieth run would be all that is waited for.
            try BadDay.begin(in: stage.demo.cluster, seed: Self.seed, outages: 0.05)
            try await stage.start(sources: Self.sources, more: ["--history-max", "100"])
            let begin = ContinuousClock.now
            let isLong = Self.runs > Self.warmUp
            var results = try await work(1...(isLong ? Self.warmUp : Self.runs), on: stage)
            let early = isLong ? try await figures(stage) : nil
            if isLong { results += try await work((Self.warmUp + 1)...Self.runs, on: stage) }
            stage.demo.cluster.faults.removeAll()
            try await drain(stage)
            #expect(try await stage.checksum() == before)
            let mounts = stage.demo.cluster.mounts.filter { $0.volume != DemoCluster.volume }
            #expect(Set(mounts.map(\.volumeID)).count == mounts.count, "no clone was used twice")
            let minutes = (ContinuousClock.now - begin) / .seconds(60)
            let counts = Dictionary(grouping: results) { $0 }.map { "\($0.value.count) \($0.key.rawValue)" }.sorted()
            print(
                "soak: \(Self.runs) runs, seed \(Self.seed), in \(Self.text(minutes)) min, nothing left; "
                    + counts.joined(separator: ", ")
            )
            // Runs that all end by infrastructure would leave nothing either.
            #expect(results.count == Self.runs)
            #expect(results.count { $0 == .error } * 4 < Self.runs, "\(counts)")
            #expect(results.contains(.passed) && results.contains(.failed))
            guard let early else { return }
            let late = try await figures(stage)
            let growth = (late.residentMB / early.residentMB - 1) * 100
            print(
                "soak: \(Self.text(early.residentMB)) MB after \(Self.warmUp), \(Self.text(late.residentMB)) MB at the end "
                    + "(\(Self.text(growth)) %); \(early.descriptors) and \(late.descriptors) descriptors"
            )
            #expect(growth <= 10)
            #expect(late.descriptors <= early.descriptors)
            #expect(minutes < 15)
        }
    }

    /// Keeps as many under way as may be, and waits for the last of them.
    ///
    /// - Returns: what became of each.
    private func work(_ numbers: ClosedRange<Int>, on stage: Stage) async throws -> [RunResult] {
        let results = try await withThrowingTaskGroup(of: RunResult.self) { group in
            var results: [RunResult] = []
            for (place, number) in numbers.enumerated() {
                if place >= Self.runsAtOnce, let result = try await group.next() { results.append(result) }
                group.addTask { try await Self.play(number, on: stage) }
            }
            for try await result in group { results.append(result) }
            return results
        }
        try await drain(stage)
        return results
    }

    private static func play(_ number: Int, on stage: Stage) async throws -> RunResult {
        let key = "soak-\(number)"
        switch number % 8 {
        case 0:
            let request = RunRequest(key: key, source: SourceName("guestbook"))
            let id = try await stage.client { try await $0.submit(request).run.id }
            try await stage.until("run \(number) is ready", within: .seconds(300)) {
                let view = try await stage.view(id)
                return view.phase == .ready || view.result != nil
            }
            _ = try await stage.client { try await $0.release(id) }
            return try await ends(stage, id)
        case 1:
            // By the command line, over the event stream, with the output as it comes.
            return try await stage.run("echo hello", key: key).0 == .exited(0) ? .passed : .error
        case 2, 3: return try await ends(stage, try await stage.submit("echo no; exit 1", key: key))
        case 4:
            // Asked for twice, and called off.
            let id = try await stage.submit("sleep 60", key: key)
            #expect(try await stage.submit("sleep 60", key: key) == id)
            _ = try await stage.client { try await $0.release(id) }
            return try await ends(stage, id)
        case 5:
            // Somebody watches it and is cut off; asking again under its key finds it.
            let (lines, feed) = AsyncStream.makeStream(of: Void.self)
            let watching = Task { try await stage.run("echo seen", key: key, cancel: SIGKILL) { _ in feed.yield() } }
            for await _ in lines { break }
            watching.cancel()
            _ = try await watching.value
            return try await ends(stage, try await stage.submit("echo seen", key: key))
        default: return try await ends(stage, try await stage.submit("guestbook-suite", key: key))
        }
    }

    private static func ends(_ stage: Stage, _ id: RunID) async throws -> RunResult {
        while true {
            if let result = try await stage.view(id).result { return result }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func drain(_ stage: Stage) async throws {
        try await stage.until("nothing is left", within: .seconds(300)) {
            let active = try await stage.runs().contains { $0.phase != .ended }
            if active { try await Task.sleep(for: .milliseconds(200)) }
            return active ? false : await stage.isClean()
        }
    }

    /// Once the last of the ended runs have had their minute before they go into the archive.
    private func figures(_ stage: Stage) async throws -> Figures {
        try await Task.sleep(for: .seconds(70))
        let id = try #require(stage.demo.schedulerID)
        var resident: [Double] = []
        for _ in 0..<5 {
            resident.append(try Self.residentMB(id))
            try await Task.sleep(for: .milliseconds(500))
        }
        return Figures(residentMB: resident.sorted()[2], descriptors: try Self.descriptors(id))
    }

    private static func residentMB(_ id: Int32) throws -> Double {
        let line = try lines("/proc/\(id)/status").first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line?.split(separator: " ").dropLast().last.flatMap { Double($0.filter(\.isNumber)) }
        return try #require(kibibytes) * 1_024 / 1e6
    }

    private static func lines(_ path: String) throws -> [Substring] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n")
    }

    private static func descriptors(_ id: Int32) throws -> Int {
        let folder = try #require(opendir("/proc/\(id)/fd"))
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) { count += entry.pointee.d_name.0 == UInt8(ascii: ".") ? 0 : 1 }
        return count
    }

    private static func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
