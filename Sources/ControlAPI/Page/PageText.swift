import Mustache

/// Escapes a value for HTML text and quoted attributes, by bytes.
///
/// The library's own way goes by characters of Swift: a `<` or a quote that a mark follows, or that a letter such as
/// U+0D4E precedes, is part of a longer one and passes. A browser reads scalars, and sees the `<`.
struct PageText: MustacheContentType {
    /// As templates ask for it.
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.entity(of: $0) != nil }) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 32)
        // All five are ASCII, and no byte of a longer scalar is.
        for byte in text.utf8 {
            if let entity = Self.entity(of: byte) {
                bytes.append(contentsOf: entity.utf8)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func entity(of byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
