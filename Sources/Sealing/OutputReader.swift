import Cassandra
import Glibc
import Synchronization

/// Passes on what Cassandra says, and listens for why it does not start.
final class OutputReader: Sendable {
    /// In bytes: more of one line is passed on, and not understood.
    private static let lineBytesMax = 8 * 1_024

    private let descriptor: Int32
    private let found = Mutex<CassandraComplaint?>(nil)
    private let finished = Mutex(false)

    /// Reads a descriptor to its end, on a thread of its own, and closes it.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        var id = pthread_t()
        // SAFETY: the thread takes back what it is given here, once.
        let me = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &id,
            nil,
            { argument in
                if let argument { Unmanaged<OutputReader>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            me
        )
        guard result == 0 else {
            Unmanaged<OutputReader>.fromOpaque(me).release()
            finished.withLock { $0 = true }
            close(descriptor)
            return
        }
        pthread_detach(id)
    }

    /// The first complaint that was recognised.
    var complaint: CassandraComplaint? { found.withLock { $0 } }

    /// Waits until all was read.
    ///
    /// A grandchild that outlives its parent keeps the pipe open: it is waited for no longer than a second.
    func join() {
        let deadline = monotonicMilliseconds() + 1_000
        while !finished.withLock({ $0 }), monotonicMilliseconds() < deadline { pause(milliseconds: 5) }
    }

    private func run() {
        defer {
            close(descriptor)
            finished.withLock { $0 = true }
        }
        var part = [UInt8](repeating: 0, count: 16 * 1_024)
        var line: [UInt8] = []
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pass(part[..<count])
            for byte in part[..<count] {
                if byte == UInt8(ascii: "\n") {
                    understand(line)
                    line.removeAll(keepingCapacity: true)
                } else if line.count < Self.lineBytesMax {
                    line.append(byte)
                }
            }
        }
        understand(line)
    }

    private func pass(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody takes it any more: Cassandra must not wait for that.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func understand(_ line: [UInt8]) {
        guard let complaint = CassandraComplaint(line: String(decoding: line, as: UTF8.self)) else { return }
        found.withLock { $0 = $0 ?? complaint }
    }
}
