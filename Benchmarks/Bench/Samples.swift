/// Measurements of one thing, for their order statistics.
struct Samples: Sendable {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    var count: Int { sorted.count }
    var least: Double { sorted.first ?? .nan }
    var most: Double { sorted.last ?? .nan }
    var median: Double { quantile(0.5) }

    /// By nearest rank; not a number when nothing was measured, which is over every limit.
    func quantile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let rank = Int((part * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}

extension Duration {
    /// With the fraction.
    var inMilliseconds: Double { Double(components.seconds) * 1_000 + Double(components.attoseconds) / 1e15 }
}

/// A number with so many digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let whole = "\(scaled / Int64(scale))"
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + whole }
    let rest = "\(scaled % Int64(scale))"
    return "\(sign)\(whole).\(String(repeating: "0", count: digits - rest.count))\(rest)"
}
