/// True for what Docker takes as an image: `[HOST[:PORT]/]NAME[/NAME…][:TAG][@DIGEST]`.
///
/// A little wider than Docker's own grammar (runs of separators are not told apart); it keeps out what could be read as
/// an option, a path or a shell word.
func isImageReference(_ text: String) -> Bool {
    guard (1...RequestLimits.imageCharactersMax).contains(text.utf8.count) else { return false }
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, !isDigest(parts[1]) { return false }
    var components = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard let last = components.popLast() else { return false }
    let named = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if named.count == 2, !isTag(named[1]) { return false }
    if let first = components.first, first.contains(".") || first.contains(":") || first == "localhost" {
        guard isRegistry(first) else { return false }
        components.removeFirst()
    }
    return components.allSatisfy(isNamePart) && isNamePart(named[0])
}

private func isNamePart(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
        && text.utf8.allSatisfy { isLowerAlphanumeric($0) || isSeparator($0) }
}

private func isRegistry(_ text: Substring) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
        guard (1...5).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            UInt16(parts[1]) != nil
        else { return false }
    }
    guard let first = parts[0].utf8.first, let last = parts[0].utf8.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
        && parts[0].utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
}

private func isTag(_ text: Substring) -> Bool {
    guard (1...128).contains(text.utf8.count), let first = text.utf8.first else { return false }
    return (isAlphanumeric(first) || first == UInt8(ascii: "_"))
        && text.utf8.allSatisfy { isAlphanumeric($0) || isSeparator($0) }
}

private func isDigest(_ text: Substring) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = parts[0].utf8.first, isAlphanumeric(first),
        parts[0].utf8.allSatisfy({ isAlphanumeric($0) || isSeparator($0) || $0 == UInt8(ascii: "+") })
    else { return false }
    return parts[1].utf8.count >= 32
        && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

private func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
}
