import Glibc
import Synchronization

/// A connection that asks, and then never reads.
final class StuckReader: Sendable {
    private let descriptor: Mutex<Int32>

    init(port: Int, path: String) throws {
        let descriptor = try RawConnection.connected(to: port, receiveBytes: 4_096)
        self.descriptor = Mutex(descriptor)
        let request = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw RawConnection.Failure(number: errno)
        }
    }

    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    deinit { close() }
}
