/// The standard alphabet, padded: for the one header that needs it, without Foundation.
func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let group = Array(rest.prefix(3))
        rest = rest.dropFirst(3)
        let bits = (0..<3).reduce(0) { $0 << 8 | (group.count > $1 ? Int(group[$1]) : 0) }
        for place in 0..<4 {
            out.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 0x3f] : UInt8(ascii: "="))
        }
    }
    return String(decoding: out, as: UTF8.self)
}
