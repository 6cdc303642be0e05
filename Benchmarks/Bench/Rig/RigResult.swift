import FoundationEssentials

/// One line that the rig's master writes.
struct RigResult: Decodable, Sendable {
    var stopped: String
    var offersOpen: Int
    var protocolErrors: Int
    var offersPerSecond: Double?
    var cpuSecondsPer100k: Double?
    var peakMB: Double?
    var cycleMedianMilliseconds: Double?

    enum CodingKeys: String, CodingKey {
        case stopped
        case offersOpen = "offers_open"
        case protocolErrors = "protocol_errors"
        case offersPerSecond = "offers_per_s"
        case cpuSecondsPer100k = "cpu_s_per_100k_offers"
        case peakMB = "peak_rss_mb"
        case cycleMedianMilliseconds = "cycle_p50_ms"
    }
}
