/// Addresses of DC/OS.
public enum ClusterURL {
    private static let bytesMax = 2_000

    /// True for `http(s)://HOST…` without a login, a query or a fragment in it.
    public static func isGood(_ text: String) -> Bool {
        let rest = text.hasPrefix("https://") ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
        guard let first = rest.first, first != "/", text.utf8.count <= bytesMax else { return false }
        return text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !rest.contains { "@?#".contains($0) }
    }

    /// A path below an address that may end with a slash.
    public static func below(_ url: String, _ path: String) -> String {
        (url.hasSuffix("/") ? String(url.dropLast()) : url) + path
    }
}
