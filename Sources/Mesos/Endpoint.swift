/// One URL of the scheduler API: a master and the path that it wants.
struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// What every master answers on.
    static let path = "/api/v1/scheduler"
    /// Of a redirect's path; Mesos' own has 24 bytes.
    private static let pathBytesMax = 1_024

    var master: MasterAddress
    var path = Endpoint.path

    var description: String { "\(master)\(path)" }

    /// Where a redirect leads.
    ///
    /// A standby says `//host:port/master/api/v1/scheduler`, without a scheme: it is ours then
    /// (`recordings/mesos/17-zk-two-masters`). Without a path it is the usual one.
    ///
    /// - Parameter location: the header as it came; nil when there was none.
    /// - Returns: the whole URL to send the same request to.
    /// - Throws: `mesos.bad_redirect` for anything else, and for the way from https to http, on which the password would
    ///   be read by everybody.
    func redirected(to location: String?) throws(MesosError) -> Endpoint {
        let shown = location.map { String($0.prefix(300)) } ?? "nowhere"
        var rest = (location ?? "")[...]
        var secure = master.secure
        if rest.hasPrefix("http://") {
            secure = false
            rest = rest.dropFirst(5)
        } else if rest.hasPrefix("https://") {
            secure = true
            rest = rest.dropFirst(6)
        }
        guard rest.hasPrefix("//") else {
            throw MesosError(.badRedirect, "\(self) redirects to \(shown)", retry: .safe)
        }
        rest = rest.dropFirst(2)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = rest[slash...]
        guard let target = MasterAddress(authority: rest[..<slash], secure: secure),
            path.utf8.count <= Self.pathBytesMax, path.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw MesosError(.badRedirect, "\(self) redirects to \(shown)", retry: .safe) }
        guard secure || !master.secure else {
            throw MesosError(.badRedirect, "\(self) redirects from https to http: \(shown)")
        }
        return Endpoint(master: target, path: path.count > 1 ? String(path) : Endpoint.path)
    }
}
