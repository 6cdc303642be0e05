import Glibc
import Model

/// Proves whose socket answers on a port: on a replica's node, another one's may be production's.
struct ListenerProof {
    /// What the kernel's tables say.
    enum Verdict: Equatable {
        /// Nobody listens there.
        case nobody
        /// Every socket that could answer is one of the process' own.
        case ours
        /// One of them is not.
        case another
    }

    /// The address that is asked, four bytes.
    let address: [UInt8]
    let port: UInt16
    /// The copy's Cassandra, or the script that started it.
    let process: pid_t

    /// Who would answer a connection now.
    ///
    /// - Throws: `notOurCassandra` when the tables cannot be read: what cannot be proved is not assumed.
    func listener() throws(SealFailure) -> Verdict {
        let listeners = try table().listeners(on: address, port)
        guard !listeners.isEmpty else { return .nobody }
        let own = ownSockets()
        return listeners.allSatisfy { own.contains($0.inode) } ? .ours : .another
    }

    /// That the other end of an open connection, which has answered, is the process' own.
    ///
    /// - Throws: `notOurCassandra`.
    func prove(connectionFrom clientPort: UInt16) throws(SealFailure) {
        guard let socket = try table().accepted(on: address, port, from: clientPort),
            ownSockets().contains(socket.inode)
        else {
            throw SealFailure(.notOurCassandra, "what answered on port \(port) is no socket of this copy's Cassandra")
        }
    }

    private func table() throws(SealFailure) -> SocketTable {
        guard let table = SocketTable.current() else {
            throw SealFailure(.notOurCassandra, "/proc/net/tcp cannot be read: nobody can tell who listens")
        }
        return table
    }

    private func ownSockets() -> Set<UInt64> {
        ProcessTree.members(of: process).reduce(into: []) { $0.formUnion(ProcessTree.sockets(of: $1)) }
    }
}
