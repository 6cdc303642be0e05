import CQLClient
import Cassandra
import Glibc
import Model

/// Waits beside a copy until it is published, it and all others of its ring, and becomes the suite.
enum Awaiting {
    /// Waits and executes; returns only when that cannot be.
    ///
    /// Until it answers with the copy's own name nothing is done; how long that may take is the scheduler's matter.
    ///
    /// - Parameters:
    ///   - environment: where the copy answers, what it is called, and its ring.
    ///   - arguments: the program's path first.
    /// - Returns: 125 when it was not told what to do or is not the helper that it should be, 126 when the program cannot be
    ///   executed.
    static func main(environment: [String: String], _ arguments: [String]) -> Int32 {
        guard let host = environment["CASSANDRA_HOST"],
            let port = environment["CASSANDRA_PORT"].flatMap({ UInt16($0) }),
            let name = environment["UNDERSTUDY_CLUSTER"], !arguments.isEmpty
        else {
            putLine("understudy: await needs CASSANDRA_HOST, CASSANDRA_PORT, UNDERSTUDY_CLUSTER and a command")
            return SealFault.awaitFailed
        }
        if let helper = environment["UNDERSTUDY_HELPER_SHA256"] {
            do { try OwnProgram.check(helper) } catch {
                putLine("understudy: \(error)")
                return SealFault.awaitFailed
            }
        }
        let ring: BootOrder.Ring?
        do { ring = try BootOrder.ring(in: environment) } catch {
            putLine("understudy: \(error)")
            return SealFault.awaitFailed
        }
        let login = environment["CASSANDRA_USER"].map {
            CQLLogin(user: $0, password: Secret(environment["CASSANDRA_PASSWORD"] ?? ""))
        }
        // The node beside it is asked there, and not by way of the agent.
        let hosts = [host] + (ring?.others ?? [])
        let peers = ring?.others.count
        while !hosts.allSatisfy({ isThere($0, port, login, name, peers: peers) }) { pause(milliseconds: 100) }
        return withCStrings(arguments) { pointers in
            execv(arguments[0], pointers)
            putLine("understudy: \(arguments[0]): \(lastError())")
            return 126
        }
    }

    /// True when a node of the cluster answers there, and of a ring knows as many others as there are.
    private static func isThere(
        _ host: String,
        _ port: UInt16,
        _ login: CQLLogin?,
        _ name: String,
        peers: Int?
    ) -> Bool {
        // What cannot be asked is not there yet: that is what it waits for.
        guard let connection = try? CQLConnection.open(host: host, port: port, timeoutSeconds: 5, login: login),
            let rows = try? connection.rows("SELECT cluster_name FROM system.local", or: .notSealed),
            rows.first?.text("cluster_name") == name
        else { return false }
        guard let peers else { return true }
        // As above.
        return (try? connection.rows("SELECT peer FROM system.peers", or: .notSealed).count) == peers
    }
}
