/// Which hosts are this very machine.
public enum Loopback {
    /// True for `localhost`, `::1` and 127.0.0.0/8 in its usual form.
    ///
    /// `localhost` counts: who can change what it means can change this program.
    ///
    /// - Parameter host: without brackets and port.
    /// - Returns: false for every other name, whatever it resolves to.
    public static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy(isOctet)
    }

    private static func isOctet(_ text: Substring) -> Bool {
        (1...3).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(text) != nil
    }
}
