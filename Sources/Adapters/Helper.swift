/// The helper `copyboot`, as agents get it.
public struct Helper: Hashable, Sendable {
    /// Where an agent's fetcher finds it.
    public var url: String
    /// What it checks itself against, since what is fetched carries no hash: lower-case hexadecimal.
    public var sha256: String

    /// Wraps both.
    public init(url: String, sha256: String) {
        self.url = url
        self.sha256 = sha256
    }
}
