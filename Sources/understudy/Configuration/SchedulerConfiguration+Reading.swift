import FoundationEssentials
import Glibc
import Model
import Scheduler
import StateStore

extension SchedulerConfiguration {
    /// Of a file with one secret in it.
    private static let secretBytesMax = 16 * 1_024

    /// `[a-z0-9-]`, slashes as `--`: the first part of every name that we give.
    static func slug(_ name: String, _ reader: inout SettingReader) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true)
        let isGood = parts.allSatisfy { part in
            part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        }
        let slug = parts.joined(separator: "--")
        if !isGood || !(1...40).contains(slug.utf8.count) {
            reader.refuse(.name, "has to be \(Setting.name.form), not \(name.prefix(80))")
        }
        return slug
    }

    static func ownUser(_ reader: inout SettingReader) -> String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
            reader.refuse(.user, "is needed: this process's user has no name", isMissing: true)
            return ""
        }
        return String(cString: name)
    }

    /// As Cosmos asks for it: by a variable's presence alone.
    static func uninstall(_ reader: inout SettingReader) -> Bool {
        let isWanted = reader.boolean(.uninstall)
        return isWanted || reader.surrounding("SDK_UNINSTALL") != nil
    }

    /// Where DC/OS enforces the group's role, that is the only one that may register.
    static func role(_ name: String, _ reader: inout SettingReader) -> String {
        let role = reader.text(.role) ?? "*"
        guard role == "auto" else {
            let isGood =
                role == "*"
                || (1...200).contains(role.utf8.count) && role != "." && role != ".." && !role.hasPrefix("-")
                    && role.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "*") }
            if !isGood { reader.refuse(.role, "has to be \(Setting.role.form), not \(role.prefix(80))") }
            return role
        }
        let isEnforced = reader.surrounding("MARATHON_APP_ENFORCE_GROUP_ROLE") == "true"
        if isEnforced, let group = reader.surrounding("MESOS_ALLOCATION_ROLE") { return group }
        return "\(underscored(name))-role"
    }

    /// As DC/OS writes a foldered name where no slash may be.
    static func underscored(_ name: String) -> String {
        name.split(separator: "/").joined(separator: "__")
    }

    /// A ZooKeeper that is named without a node has the one that DC/OS expects of a service of this name.
    static func withPath(_ text: String, _ name: String) -> String {
        guard text.hasPrefix("zk://"), !text.dropFirst(5).contains("/") else { return text }
        return "\(text)/dcos-service-\(underscored(name))"
    }

    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// A file that has to be there, whose content is somebody else's to read.
    static func readable(_ setting: Setting, _ reader: inout SettingReader) -> String? {
        guard let path = reader.path(setting, exists: exists) else { return nil }
        if !exists(path) { reader.refuse(setting, "cannot be read: \(String(cString: strerror(errno)))") }
        return path
    }

    /// One line of a file; `form` is what it has to be, nil for a bare secret.
    static func secretLine(_ setting: Setting, _ form: String?, _ reader: inout SettingReader) -> Secret? {
        guard let path = reader.path(setting, exists: exists),
            let content = content(of: path, setting, bytesMax: secretBytesMax, &reader)?.reveal()
        else { return nil }
        // Nothing of the file is shown: it is a secret, whatever it holds.
        let line = content.hasSuffix("\n") ? String(content.dropLast()) : content
        let isPair = line.contains(":") && !line.hasPrefix(":") && !line.hasSuffix(":")
        guard !line.isEmpty, line.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), form == nil || isPair else {
            reader.refuse(setting, "has to be a file with one line \(form ?? "with the token"), of ASCII")
            return nil
        }
        return Secret(line)
    }

    static func content(
        of path: String,
        _ setting: Setting,
        bytesMax: Int,
        _ reader: inout SettingReader
    ) -> Secret? {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
            reader.refuse(setting, "cannot be read: \(String(cString: strerror(errno)))")
            return nil
        }
        guard bytes.count <= bytesMax, let text = String(validating: bytes, as: UTF8.self) else {
            reader.refuse(setting, "has to be a text file of up to \(bytesMax) bytes")
            return nil
        }
        return Secret(text)
    }

    /// A document in the setting itself is read at once, so that what is wrong with it is told beside all else.
    static func sources(_ reader: inout SettingReader) -> String? {
        guard let place = reader.raw(.sources), SourceDocuments.isDocument(place) else { return reader.raw(.sources) }
        do throws(SchedulerError) { _ = try SourceFile.read(Array(place.utf8)) } catch {
            reader.refuse(.sources, "cannot be used: \(error.message)")
        }
        return place
    }

    static func agentNodes(_ reader: inout SettingReader) -> [String: String] {
        var nodes: [String: String] = [:]
        for entry in (reader.raw(.agentNodes) ?? "").split(separator: ",") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false)
                .map { $0.trimmingPrefix { $0 == " " } }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, nodes[String(parts[0])] == nil else {
                reader.refuse(
                    .agentNodes,
                    "has to be \(Setting.agentNodes.form), each agent once, not \(entry.prefix(80))"
                )
                continue
            }
            nodes[String(parts[0])] = String(parts[1])
        }
        return nodes
    }

    static func volumeDriver(_ reader: inout SettingReader) -> String {
        let driver = reader.text(.volumeDriver) ?? ""
        let isGood =
            (1...40).contains(driver.utf8.count)
            && driver.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0)
            }
        if !isGood { reader.refuse(.volumeDriver, "has to be \(Setting.volumeDriver.form), not \(driver.prefix(60))") }
        return driver
    }

    static func address(_ setting: Setting, _ reader: inout SettingReader) -> String? {
        guard let text = reader.raw(setting) else { return nil }
        let rest = text.hasPrefix("http://") ? text.dropFirst(7) : text.hasPrefix("https://") ? text.dropFirst(8) : ""
        guard !rest.isEmpty, rest.first != "/", text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !rest.contains("@")
        else {
            // Said without the address, which may hold a password.
            reader.refuse(setting, "has to be \(setting.form), without a login in it")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    static func tokens(_ reader: inout SettingReader) -> String? {
        // Said without the address, which may hold a password.
        if reader.raw(.tokens)?.contains("://") == true {
            reader.refuse(.tokens, "has to be a file: an address is not looked at")
        }
        return reader.path(.tokens, exists: exists)
    }

    /// Where Marathon has given a port, on all of the agent's addresses.
    private static func marathonPort(_ reader: SettingReader) -> String? {
        reader.surrounding("MARATHON_APP_ID").flatMap { _ in
            reader.surrounding("PORT_API") ?? reader.surrounding("PORT0")
        }
    }

    static func marathonAddress(_ reader: SettingReader) -> String? {
        guard let port = marathonPort(reader), let host = reader.surrounding("HOST") else { return nil }
        return "http://\(Authority.text(host: host, port: port))"
    }

    static func listen(asksNobody: Bool, _ opens: Bool, _ reader: inout SettingReader) -> (String, Int) {
        let text = reader.raw(.listen) ?? marathonPort(reader).map { "0.0.0.0:\($0)" } ?? "127.0.0.1:8642"
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            colon != text.startIndex
        else {
            reader.refuse(.listen, "has to be host:port, not \(text.prefix(100))")
            return ("", 0)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if asksNobody, !opens, !Loopback.contains(String(host)) {
            reader.refuse(
                .listen,
                "has to be on loopback, and \(host) is not: give --tokens FILE, which says who may call, or "
                    + "--insecure-no-auth, with which everybody may who reaches it"
            )
        }
        return (String(host), Int(port))
    }

    /// `copyboot` is installed where `understudy` is.
    static var helperBesideProgram: String {
        let program = CommandLine.arguments.first ?? ""
        // Started by its bare name, it is where the shell found it: the kernel knows.
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? program
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/copyboot"
    }
}
