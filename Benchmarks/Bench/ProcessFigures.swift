import FoundationEssentials
import Glibc

/// What the kernel says of one process.
struct ProcessFigures {
    let id: Int32

    /// In MB of a million bytes: all that is resident.
    var residentMB: Double { get throws { try megabytes("smaps_rollup", "Rss:") } }
    /// In MB: what is no file's, so what is really ours.
    var anonymousMB: Double { get throws { try megabytes("smaps_rollup", "Anonymous:") } }
    /// In MB: the most that was ever resident.
    var peakMB: Double { get throws { try megabytes("status", "VmHWM:") } }

    /// User and system time so far, in ticks of 10 ms.
    var ticks: Int {
        get throws {
            // The name, field 2, may hold anything; what follows its last parenthesis does not.
            let text = try read("stat")
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else {
                throw BenchFault("/proc/\(id)/stat cannot be read")
            }
            return user + system
        }
    }

    private func megabytes(_ file: String, _ field: String) throws -> Double {
        for line in try read(file).split(separator: "\n") where line.hasPrefix(field) {
            guard let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else { break }
            return kibibytes * 1_024 / 1e6
        }
        throw BenchFault("/proc/\(id)/\(file) has no \(field)")
    }

    private func read(_ file: String) throws -> String {
        let path = "/proc/\(id)/\(file)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchFault("\(path) cannot be opened") }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[0..<count]
        }
    }
}
