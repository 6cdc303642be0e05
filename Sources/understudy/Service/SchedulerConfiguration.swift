import FoundationEssentials
import Glibc
import Mesos
import Model
import StateStore

/// What `understudy scheduler` was told, checked.
struct SchedulerConfiguration: Sendable {
    var masters: [MasterAddress]
    var portworx: String
    var state: StateAddress
    /// nil for none.
    var stateCredentials: Secret?
    var stateSession: Span
    var host: String
    var port: Int
    var sources: String
    var advertise: String?
    var name: String
    var slug: String
    var role: String
    var user: String
    var principal: String?
    var failoverTimeout: Span
    var historyKept: Span
    var historyMax: Int
    var orphanGrace: Span
    /// The path of `copyboot`.
    var helper: String
    /// nil for this scheduler's own API.
    var helperURL: String?
    var stuckAfter: Span
    /// nil for an API that asks nobody.
    var tokens: String?
    var insecureNoAuth: Bool

    /// Flags first, then the environment, then defaults.
    ///
    /// - Throws: ``ServiceExit`` that names the flag.
    init(_ command: SchedulerCommand, environment: (String) -> String?) throws(ServiceExit) {
        func value(_ given: String?, _ flag: String) -> String? {
            let variable = "UNDERSTUDY_" + flag.uppercased().map { $0 == "-" ? "_" : $0 }
            return given ?? environment(variable)
        }
        func required(_ given: String?, _ flag: String) throws(ServiceExit) -> String {
            guard let value = value(given, flag) else {
                throw ServiceExit(ServiceExit.usage, "understudy.missing_flag", "give --\(flag)")
            }
            return value
        }
        let master = try required(command.master, "master")
        do throws(MesosError) { masters = try MasterAddress.list(master) } catch { throw ServiceExit(error) }
        let state = try required(command.state, "state")
        do throws(StateStoreError) { self.state = try StateAddress(state) } catch { throw ServiceExit(error) }
        stateCredentials = try value(command.stateCredentials, "state-credentials").map(Self.credentials)
        stateSession = try Self.span(value(command.stateSession, "state-session") ?? "10s", "state-session")
        guard (Span.seconds(1)...Span.minutes(2)).contains(stateSession) else {
            throw Self.bad("state-session", "has to be 1s to 2m, not \(stateSession)")
        }
        portworx = try required(command.portworx, "portworx")
        sources = try required(command.sources, "sources")
        tokens = try Self.tokens(value(command.tokens, "tokens"))
        let opens = try Self.isSet(value(nil, "insecure-no-auth"), "insecure-no-auth")
        insecureNoAuth = command.insecureNoAuth || opens
        guard tokens == nil || !insecureNoAuth else {
            throw Self.bad("insecure-no-auth", "asks nobody for a token, --tokens asks everybody; give one of the two")
        }
        (host, port) = try Self.listen(
            value(command.listen, "listen") ?? "127.0.0.1:8642",
            beyondLoopback: tokens != nil || insecureNoAuth
        )
        advertise = value(command.advertise, "advertise")
        helper = value(command.helper, "helper") ?? Self.helperBesideProgram
        helperURL = value(command.helperUrl, "helper-url")
        name = value(command.name, "name") ?? "understudy"
        slug = try Self.slug(name)
        role = value(command.role, "role") ?? "*"
        if let given = value(command.user, "user") { user = given } else { user = try Self.ownUser() }
        principal = value(command.principal, "principal")
        failoverTimeout = try Self.span(value(command.failoverTimeout, "failover-timeout") ?? "2w", "failover-timeout")
        historyKept = try Self.span(value(command.historyKept, "history-kept") ?? "7d", "history-kept")
        historyMax = try Self.count(value(command.historyMax, "history-max") ?? "10000", "history-max")
        orphanGrace = try Self.span(value(command.orphanGrace, "orphan-grace") ?? "10m", "orphan-grace")
        stuckAfter = try Self.span(value(command.stuckAfter, "stuck-after") ?? "5m", "stuck-after")
    }

    private static func span(_ text: String, _ flag: String) throws(ServiceExit) -> Span {
        guard let span = Span(text), span > .zero else {
            throw bad(flag, "has to be a length of time such as 2w, not \(text.prefix(40))")
        }
        return span
    }

    private static func count(_ text: String, _ flag: String) throws(ServiceExit) -> Int {
        // What start and memory were measured with.
        guard let count = Int(text), (100...100_000).contains(count) else {
            throw bad(flag, "has to be 100 to 100000, not \(text.prefix(40))")
        }
        return count
    }

    private static func bad(_ flag: String, _ message: String) -> ServiceExit {
        ServiceExit(ServiceExit.configuration, "understudy.bad_flag", "--\(flag) \(message)")
    }

    private static func tokens(_ path: String?) throws(ServiceExit) -> String? {
        // Said without the address, which may hold a password.
        guard path?.contains("://") != true else {
            throw bad("tokens", "has to be a file: an address is not looked at")
        }
        return path
    }

    /// One line `user:password`, as digest authentication wants them.
    private static func credentials(_ path: String) throws(ServiceExit) -> Secret {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
            throw bad("state-credentials", "cannot be read: \(error)")
        }
        // Nothing of the file is shown: it is a secret, whatever it holds.
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let isGood =
            bytes.count <= 1_000 && !bytes.dropLast().contains(UInt8(ascii: "\n"))
            && line.utf8.allSatisfy { (0x21...0x7E).contains($0) } && line.contains(":")
            && !line.hasPrefix(":") && !line.hasSuffix(":")
        guard isGood else {
            throw bad(
                "state-credentials",
                "has to be a file with one line user:password, of ASCII, in up to 1000 bytes"
            )
        }
        return Secret(line)
    }

    private static func isSet(_ text: String?, _ flag: String) throws(ServiceExit) -> Bool {
        switch text {
        case "1", "true": return true
        case "0", "false", nil: return false
        case .some: throw bad(flag, "as a variable is true or false")
        }
    }

    private static func listen(_ text: String, beyondLoopback: Bool) throws(ServiceExit) -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            colon != text.startIndex
        else { throw bad("listen", "has to be host:port, not \(text.prefix(100))") }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard beyondLoopback || Loopback.contains(String(host)) else {
            throw bad(
                "listen",
                "has to be on loopback, and \(host) is not: give --tokens FILE, which says who may call, or "
                    + "--insecure-no-auth, with which everybody may who reaches it"
            )
        }
        return (String(host), Int(port))
    }

    /// `[a-z0-9-]`, slashes as `--`: the first part of every name that we give.
    private static func slug(_ name: String) throws(ServiceExit) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true)
        let isGood = parts.allSatisfy { part in
            part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        }
        let slug = parts.joined(separator: "--")
        guard isGood, (1...40).contains(slug.utf8.count) else {
            throw bad("name", "has to be 1 to 40 of [a-z0-9-] and slashes, not \(name.prefix(80))")
        }
        return slug
    }

    /// `copyboot` is installed where `understudy` is.
    private static var helperBesideProgram: String {
        let program = CommandLine.arguments.first ?? ""
        // Started by its bare name, it is where the shell found it: the kernel knows.
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? program
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/copyboot"
    }

    private static func ownUser() throws(ServiceExit) -> String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
            throw bad("user", "is needed: this process's user has no name")
        }
        return String(cString: name)
    }
}
