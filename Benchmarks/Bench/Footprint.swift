import LocalCluster

/// What the scheduler takes when nothing happens, and how long it takes to get there.
enum Footprint {
    static func rows(_ stage: Stage) async throws -> [Row] {
        try await BenchCluster.with(nodes: 5, on: stage.premises) { cluster in
            var starts: [Double] = []
            var rows: [Row] = []
            let rounds = stage.count(9, quick: 3)
            for round in 1...rounds {
                let scheduler = try await SchedulerProcess.start(
                    stage,
                    master: cluster.masterAddress,
                    portworx: cluster.storageURL
                )
                starts.append(scheduler.subscribedAfter.inMilliseconds)
                if round == rounds { rows = try await idle(scheduler, stage) }
                await scheduler.stop()
            }
            let starting = Samples(starts)
            return [
                .limited(
                    "start to subscribed",
                    starting.median,
                    max: 500,
                    "ms",
                    also: "\(starting.count) starts, \(decimal(starting.least, 1))–\(decimal(starting.most, 1))"
                )
            ] + rows
        }
    }

    private static func idle(_ scheduler: SchedulerProcess, _ stage: Stage) async throws -> [Row] {
        // What the start left to be done is done, and the first idle tick has passed.
        try await Task.sleep(for: .seconds(stage.count(10, quick: 6)))
        let before = try scheduler.figures.ticks
        try await Task.sleep(for: .seconds(5))
        let ticks = try scheduler.figures.ticks - before
        return [
            .limited("idle, subscribed: resident", try scheduler.figures.residentMB, max: 48, "MB"),
            .limited("idle, subscribed: anonymous", try scheduler.figures.anonymousMB, max: 12, "MB"),
            .limited("idle CPU in 5 s", Double(ticks), max: 5, "ticks of 10 ms", digits: 0),
        ]
    }
}
