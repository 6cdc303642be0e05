import CQL
import CQLClient
import Glibc
import Model

/// Waits beside a copy until it is published, and becomes the suite.
enum Awaiting {
    /// Waits and executes; returns only when that cannot be.
    ///
    /// Until the port answers with the copy's own name nothing is done; how long that may take is the scheduler's matter.
    ///
    /// - Parameters:
    ///   - environment: where the copy answers, and what it is called.
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
        let login = environment["CASSANDRA_USER"].map {
            CQLLogin(user: $0, password: Secret(environment["CASSANDRA_PASSWORD"] ?? ""))
        }
        while Self.name(host, port, login) != name { pause(milliseconds: 100) }
        return withCStrings(arguments) { pointers in
            execv(arguments[0], pointers)
            putLine("understudy: \(arguments[0]): \(lastError())")
            return 126
        }
    }

    /// Of the cluster that answers there; nil while none does.
    private static func name(_ host: String, _ port: UInt16, _ login: CQLLogin?) -> String? {
        guard let connection = try? CQLConnection.open(host: host, port: port, timeoutSeconds: 5, login: login),
            let rows = try? connection.rows("SELECT cluster_name FROM system.local", or: .notSealed)
        else { return nil }  // not yet: that is what it waits for
        return rows.first?.text("cluster_name")
    }
}
