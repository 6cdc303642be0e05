import API
import Glibc
import Model
import Synchronization

/// A dotenv file that says where a run's copy answers, for the steps of a pipeline that come after.
///
/// It is there as a whole or not at all, readable for its owner alone, and stays when the run is over.
final class EndpointFile: Sendable {
    /// Why it cannot be written.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var written: RunView.Endpoint?
        var fault: Fault?
    }

    private let path: String
    private let state = Mutex(State())

    /// - Throws: ``Fault`` when there is no folder of ours to write it to: better said before a run is asked for.
    init(_ path: String) throws(Fault) {
        guard !path.isEmpty, path.last != "/", !path.utf8.contains(0) else {
            throw Fault(description: "'\(path)' is no file's name")
        }
        self.path = path
        guard access(folder, W_OK | X_OK) == 0 else { throw Self.fault("\(folder) cannot be written to") }
    }

    /// Why the last attempt failed; nil when it did not.
    var fault: Fault? { state.withLock { $0.fault } }

    /// Writes the endpoint when there is one, and it is not written yet.
    ///
    /// - Returns: why it could not, once for each endpoint.
    func see(_ view: RunView, _ client: APIClient) async -> Fault? {
        guard let endpoint = view.endpoint, state.withLock({ $0.written != endpoint }) else { return nil }
        var login: LoginView?
        do {
            if !endpoint.user.isEmpty { login = try await client.login(view.id) }
        } catch {
            let fault = Fault(description: "the login cannot be had: \(error.message)")
            state.withLock { $0.fault = fault }
            // The next view may find it; one that was refused for good says so each time.
            return fault
        }
        return see(view, login)
    }

    /// The same, with what the endpoint takes; nil where nobody logs in.
    func see(_ view: RunView, _ login: LoginView? = nil) -> Fault? {
        state.withLock { state in
            guard let endpoint = view.endpoint, endpoint != state.written else { return nil }
            state.written = endpoint
            do throws(Fault) {
                try write(Self.text(endpoint, ring: view.endpoints, login, of: view.id))
                state.fault = nil
            } catch {
                state.fault = error
            }
            return state.fault
        }
    }

    /// The file's content.
    ///
    /// - Throws: ``Fault`` for a host that is none: a server's text must not become a line of its own, or a command.
    static func text(
        _ endpoint: RunView.Endpoint,
        ring: [RunView.Endpoint] = [],
        _ login: LoginView? = nil,
        of run: RunID
    ) throws(Fault) -> String {
        guard ([endpoint] + ring).allSatisfy({ isHost($0.host) }), RunID(checking: run.value) != nil else {
            throw Fault(description: "the scheduler's answer names no host that could be written down")
        }
        var lines = ["CASSANDRA_HOST=\(endpoint.host)", "CASSANDRA_PORT=\(endpoint.port)"]
        // All of a ring's nodes have the same port.
        let nodes = ring.isEmpty ? [endpoint] : ring
        lines.append("CASSANDRA_CONTACT_POINTS=\(nodes.map(\.host).joined(separator: ","))")
        if let login {
            guard isWord(login.user), isWord(login.password) else {
                throw Fault(description: "the scheduler's answer has no login that could be written down")
            }
            lines += ["CASSANDRA_USER=\(login.user)", "CASSANDRA_PASSWORD=\(login.password)"]
        }
        return (lines + ["UNDERSTUDY_RUN=\(run)", ""]).joined(separator: "\n")
    }

    private static func isHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
                default: false
                }
            }
    }

    /// What needs no quotes in any shell.
    private static func isWord(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
                default: false
                }
            }
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func write(_ text: String) throws(Fault) {
        let draft = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let descriptor = open(draft, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault("\(draft) cannot be made") }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            if !isWritten { errno = number }
            let fault = Self.fault("\(path) cannot be written")
            unlink(draft)
            throw fault
        }
    }

    private static func fault(_ what: String) -> Fault {
        Fault(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
