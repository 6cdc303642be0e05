import FoundationEssentials
import Glibc
import Logging
import Model

/// Writes each log event as one line of JSON to standard error.
///
/// Shape: `{"level":…,"logger":…,"msg":…,"ts":…}` and the metadata's dotted names beside them, sorted; values are text.
struct JSONLineLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level

    private let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for source in [metadata, metadataProvider?.get() ?? [:], event.metadata ?? [:]] {
            for (name, value) in source { fields[name] = "\(value)" }
        }
        if let error = event.error { fields["error.cause"] = "\(error)" }
        fields["ts"] = systemClock().rfc3339
        fields["logger"] = label
        fields["level"] = event.level.rawValue
        fields["msg"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            Output.standardError.line(String(decoding: try encoder.encode(fields), as: UTF8.self))
        } catch {
            // A dictionary of texts always encodes; should it not, the message itself is worth more than its form.
            Output.standardError.line("\(event.level.rawValue) \(event.message)")
        }
    }
}

/// The wall clock, in milliseconds since 1970.
func systemClock() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
}
