import Cassandra
import Glibc
import Model

/// Boots in isolation that change nothing, to read what a copy says of itself.
extension SealedBoot {
    /// Boots until nothing of the source's settings is complained about, and reads what the copy says of itself.
    func inspect(_ owner: Owner, _ image: Image) throws(SealFailure) -> Int32 {
        var corrected = order
        // One complaint a boot, and four settings to complain about.
        for _ in 0..<4 {
            do throws(SealFailure) {
                try look(corrected, owner, image)
                return 0
            } catch {
                guard error.fault == .wrongSettings, case .setting(let name, let saved?)? = error.complaint?.kind,
                    corrected.identity.correct(name, to: saved)
                else { throw error }
                progress.say("\(error.description); it is booted again with that")
            }
        }
        try look(corrected, owner, image)
        return 0
    }

    private func look(_ order: BootOrder, _ owner: Owner, _ image: Image) throws(SealFailure) {
        let boot = SealedBoot(order, environment, sandbox, progress, stopping)
        try progress.begin(.isolating)
        let process = try boot.start(.isolated, Launcher(boot.order, environment, sandbox, owner, image))
        try boot.whileRunning(process) { () throws(SealFailure) in
            let connection = try boot.reach(process, address: "127.0.0.1", .isolated, nil)
            try progress.begin(.reading)
            _ = try Rewriting(order: boot.order, earlier: boot.marker, progress: progress).read(connection)
            try progress.end()
            process.signal(SIGTERM)
            guard process.wait(milliseconds: Self.stopMilliseconds) != nil else {
                throw SealFailure(.drainFailed, "Cassandra did not stop in time")
            }
        }
    }
}
