/// Addresses as people write them.
public enum IPv4 {
    /// The four bytes of an address; nil for a name, and for an address that is not written as usual.
    public static func bytes(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // `+1` and `01` are numbers to Swift; to the system they are none, or octal ones.
        let bytes = parts.compactMap { part in UInt8(part).flatMap { "\($0)" == part ? $0 : nil } }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }
}
