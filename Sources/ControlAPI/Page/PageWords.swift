import API
import Model

/// What the page says in words.
enum PageWords {
    /// Of a text from outside: one line, without what could move or hide others.
    static let textMax = 500

    static func text(_ text: String?) -> String? {
        text.map { text in
            // Most are plain, and a long list has thousands.
            let isPlain = text.utf8.count <= textMax && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            return isPlain ? text : printable(text, max: textMax)
        }
    }

    /// In its largest unit; a moment ahead is now.
    static func age(_ span: Span) -> String {
        let seconds = max(span.milliseconds, 0) / 1_000
        for (length, word) in [(86_400 as Int64, "d"), (3_600, "h"), (60, "min")] where seconds >= length {
            return "\(seconds / length) \(word)"
        }
        return "\(seconds) s"
    }

    /// In binary units, as Portworx counts.
    static func size(_ bytes: UInt64) -> String {
        var (value, unit) = (Double(bytes), "B")
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] where value >= 1_024 { (value, unit) = (value / 1_024, next) }
        let tenths = Int((value * 10).rounded())
        return unit == "B" || tenths.isMultiple(of: 10)
            ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    static func tier(_ tier: RunView.TierView) -> String? {
        guard let wanted = tier.wanted else { return nil }
        return tier.got.map { "on tier \($0.rawValue), wanted \(wanted.rawValue)" } ?? "wants tier \(wanted.rawValue)"
    }

    /// How it is coloured.
    static func look(_ view: RunView) -> String {
        switch view.result {
        case .passed, .released: "good"
        case .failed, .error: "bad"
        case .cancelled, .expired: "warn"
        case nil: ""
        }
    }

    static func state(_ view: RunView) -> String { view.result?.rawValue ?? view.phase.rawValue }

    /// Why it is where it is, or came to what it came to.
    static func why(_ view: RunView) -> String? {
        text(view.reason) ?? text(view.obstacle).map { "waits: \($0)" }
    }
}
