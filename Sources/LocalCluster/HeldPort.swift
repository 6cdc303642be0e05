import Glibc

/// A loopback port that nobody listens on, and that the system gives to nobody else meanwhile.
///
/// Bound and not listening: whoever connects is refused, and a server that reuses addresses, as ours do, may bind it too.
final class HeldPort: Sendable {
    private let descriptor: Int32

    /// Holds a port that nobody listens on; nil when it is taken.
    init?(_ port: Int) {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else {
            close(made)
            return nil
        }
        // Last: an object that is complete is closed by its deinit, also when its making fails.
        descriptor = made
    }

    deinit { close(descriptor) }
}
