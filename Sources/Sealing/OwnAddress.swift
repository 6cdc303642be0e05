import Glibc
import Model

/// An address of this process' own network.
enum OwnAddress {
    /// The one that packets to another machine leave with; nothing is sent.
    ///
    /// A container knows where its agent is reached, and not what it is called behind that.
    ///
    /// - Parameters:
    ///   - address: the other machine's.
    ///   - port: any but 0.
    /// - Returns: an IPv4 address.
    /// - Throws: `notJoined` when no way leads there.
    static func facing(_ address: String, _ port: UInt16) throws(SealFailure) -> String {
        func failure(_ why: String) -> SealFailure { SealFailure(.notJoined, "no way leads to \(address): \(why)") }
        var other = sockaddr_in()
        other.sin_family = sa_family_t(AF_INET)
        other.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &other.sin_addr) == 1 else { throw failure("it is no IPv4 address") }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure(lastError()) }
        defer { close(descriptor) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: every sockaddr_in begins as a sockaddr does, and its length goes with it.
        let connected = withUnsafePointer(to: &other) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard connected == 0 else { throw failure(lastError()) }
        var own = sockaddr_in()
        // SAFETY: as above; the system writes no more than the length.
        let named = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard named == 0 else { throw failure(lastError()) }
        // In the network's order, whatever this machine's is.
        return withUnsafeBytes(of: own.sin_addr) { $0.map { "\($0)" }.joined(separator: ".") }
    }
}
