import Model

/// Where a master answers.
public struct MasterAddress: Hashable, Sendable, CustomStringConvertible {
    /// True for https.
    public var secure: Bool
    /// A name or an address; an IPv6 address without its brackets.
    public var host: String
    /// 1…65535.
    public var port: UInt16

    /// Wraps the three.
    public init(secure: Bool = false, host: String, port: UInt16) {
        self.secure = secure
        self.host = host
        self.port = port
    }

    /// How many masters a list may name: an ensemble has five, seven at most.
    public static let listMax = 16
    /// The longest host name there is, as DNS has it.
    static let hostBytesMax = 253

    /// As a URL without a path.
    public var description: String {
        "\(secure ? "https" : "http")://\(Authority.text(host: host, port: port))"
    }

    /// Reads `host:port`, `http://host:port`, `https://host:port`, or several of them with commas between.
    ///
    /// - Parameter text: as the operator wrote it.
    /// - Returns: at least one address, in the written order, without repetitions.
    /// - Throws: `mesos.bad_address` with the part that is wrong.
    public static func list(_ text: String) throws(MesosError) -> [MasterAddress] {
        var found: [MasterAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let address = try MasterAddress(parsing: String(part))
            if !found.contains(address) { found.append(address) }
        }
        guard found.count <= listMax else {
            throw MesosError(.badAddress, "\(found.count) masters are named, more than \(listMax)")
        }
        return found
    }

    /// Reads one `host:port`, `http://host:port` or `https://host:port`, with nothing behind it but one slash.
    ///
    /// - Throws: `mesos.bad_address`.
    public init(parsing text: String) throws(MesosError) {
        var rest = text[...]
        var secure = false
        for (scheme, isSecure) in [("http://", false), ("https://", true)] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            secure = isSecure
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            break
        }
        guard let address = MasterAddress(authority: rest, secure: secure) else {
            guard !text.contains("@") else {
                // Said without the address, which may hold a password.
                let words = "a master's address has no credentials in it: give --mesos-credentials FILE"
                throw MesosError(.badAddress, words)
            }
            throw MesosError(.badAddress, "\(text.prefix(300)) is no address of a master such as 10.0.0.1:5050")
        }
        self = address
    }

    /// Reads `host:port`; nil when it is anything else.
    init?(authority: Substring, secure: Bool) {
        guard let colon = authority.lastIndex(of: ":") else { return nil }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            return nil
        }
        var host = authority[..<colon]
        let bracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if bracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.count <= Self.hostBytesMax,
            host.utf8.allSatisfy({ bracketed ? Self.isAddressByte($0) : Self.isNameByte($0) })
        else { return nil }
        self.init(secure: secure, host: String(host), port: port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
