/// A text that cannot print itself.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a text.
    public init(_ text: String) { self.text = text }

    /// `***`, whatever is inside.
    public var description: String { "***" }
    /// `***`, whatever is inside.
    public var debugDescription: String { "***" }
    /// Shows no child, so that `dump` prints nothing of it.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The text, for the one call that has to send it.
    public func reveal() -> String { text }
}
