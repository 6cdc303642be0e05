import Glibc

/// The few socket calls that the stand-in and its client need.
enum Sockets {
    /// What became of a read or write on a socket that does not block.
    enum Progress {
        case bytes(Int)
        case later
        case closed
    }

    /// What to wait for on a socket.
    struct Interest {
        let socket: Descriptor
        let reading: Bool
        let writing: Bool
    }

    /// Listens on an address; port 0 lets the system choose.
    ///
    /// - Returns: the socket, which does not block, and its port.
    static func listen(host: String, port: UInt16) throws(StandInError) -> (socket: Descriptor, port: UInt16) {
        let socket = try stream(SOCK_NONBLOCK)
        var yes: Int32 = 1
        setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = try parse(host, port)
        let bound = withSockaddr(&address) { bind(socket.number, $0, $1) }
        guard bound == 0, Glibc.listen(socket.number, SOMAXCONN) == 0 else {
            throw .network("cannot_listen", "\(host):\(port): \(Files.failure)")
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.number, $0, &length) }
        }
        guard named == 0 else { throw .network("cannot_listen", Files.failure) }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    /// The next connection, which does not block; nil when there is none now.
    static func accept(_ listener: Descriptor) -> Descriptor? {
        let number = Glibc.accept(listener.number, nil, nil)
        guard number >= 0 else { return nil }
        stopBlocking(number)
        return Descriptor(number)
    }

    /// Connects; the socket blocks, for the given time at most in each call.
    static func connect(host: String, port: UInt16, timeoutSeconds: Int) throws(StandInError) -> Descriptor {
        let socket = try stream(nil)
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(socket.number, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var address = try parse(host, port)
        guard withSockaddr(&address, { Glibc.connect(socket.number, $0, $1) }) == 0 else {
            throw .network("cannot_connect", "\(host):\(port): \(Files.failure)")
        }
        return socket
    }

    static func receive(_ socket: Descriptor, into buffer: inout [UInt8]) -> Progress {
        progress(recv(socket.number, &buffer, buffer.count, 0), emptyMeansClosed: true)
    }

    /// Never raises SIGPIPE.
    static func send(_ bytes: ArraySlice<UInt8>, to socket: Descriptor) -> Progress {
        let count = bytes.withUnsafeBytes { Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return progress(count, emptyMeansClosed: false)
    }

    /// Waits until one of the sockets is ready, or the time is over.
    ///
    /// - Returns: for each, whether it is; an error counts as ready, and shows in the next call on it.
    static func wait(for interests: [Interest], milliseconds: Int32) -> [Bool] {
        var polled = interests.map { interest in
            let events = (interest.reading ? POLLIN : 0) | (interest.writing ? POLLOUT : 0)
            return pollfd(fd: interest.socket.number, events: Int16(events), revents: 0)
        }
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else {
            return Array(repeating: false, count: polled.count)
        }
        return polled.map { $0.revents != 0 }
    }

    /// Two ends of a pipe: one to wait on, one to wake with.
    static func pipe() throws(StandInError) -> (waiting: Descriptor, waking: Descriptor) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw .network("no_pipe", Files.failure) }
        ends.forEach(stopBlocking)
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Wakes who waits; again is fine.
    static func wake(_ waking: Descriptor) {
        _ = write(waking.number, [1], 1)  // a full pipe has woken already
    }

    /// Milliseconds since some moment; never goes back.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    // MARK: parts

    private static func stopBlocking(_ number: Int32) {
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    private static func progress(_ count: Int, emptyMeansClosed: Bool) -> Progress {
        if count > 0 { return .bytes(count) }
        if count == 0 { return emptyMeansClosed ? .closed : .later }
        return errno == EAGAIN || errno == EINTR ? .later : .closed
    }

    private static func stream(_ flag: __socket_type?) throws(StandInError) -> Descriptor {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (flag?.rawValue ?? 0)
        let number = socket(AF_INET, Int32(type), 0)
        guard number >= 0 else { throw .network("no_socket", Files.failure) }
        return Descriptor(number)
    }

    private static func parse(_ host: String, _ port: UInt16) throws(StandInError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw .network("bad_host", "\(host) is no IPv4 address")
        }
        return address
    }

    private static func withSockaddr(
        _ address: inout sockaddr_in,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        // SAFETY: every sockaddr_in begins as a sockaddr does, and its length goes with it.
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
