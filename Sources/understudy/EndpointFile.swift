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
    func see(_ view: RunView) -> Fault? {
        state.withLock { state in
            guard let endpoint = view.endpoint, endpoint != state.written else { return nil }
            state.written = endpoint
            do throws(Fault) {
                try write(Self.text(endpoint, of: view.id))
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
    static func text(_ endpoint: RunView.Endpoint, of run: RunID) throws(Fault) -> String {
        let isHost =
            (1...255).contains(endpoint.host.utf8.count)
            && endpoint.host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
                default: false
                }
            }
        guard isHost, RunID(checking: run.value) != nil else {
            throw Fault(description: "the scheduler's answer names no host that could be written down")
        }
        return """
            CASSANDRA_HOST=\(endpoint.host)
            CASSANDRA_PORT=\(endpoint.port)
            UNDERSTUDY_RUN=\(run)

            """
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
