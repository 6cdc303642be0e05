/// Where something answers, as URLs and lists write it.
public enum Authority {
    /// `HOST:PORT`, an IPv6 address in brackets.
    public static func text(host: String, port: some BinaryInteger) -> String { text(host: host, port: "\(port)") }

    /// The same, of a port that is a text already.
    public static func text(host: String, port: String) -> String {
        "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
