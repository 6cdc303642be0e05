import Cassandra
import Glibc
import Model

/// Why sealing does not go on.
struct SealFailure: Error, CustomStringConvertible {
    /// What the container exits with.
    let fault: SealFault
    /// For people; bounded, and without a secret.
    let description: String
    /// Cassandra's own; nil when it had none that is known.
    let complaint: CassandraComplaint?

    init(_ fault: SealFault, _ description: String, _ complaint: CassandraComplaint? = nil) {
        self.fault = fault
        self.complaint = complaint
        self.description = String(description.prefix(1_000))
    }
}

/// What the last call of the system's said, in words.
func lastError() -> String { String(cString: strerror(errno)) }
