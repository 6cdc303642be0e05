import Glibc

/// The descriptors that a child writes to, and who reads the other ends.
struct OutputEnds {
    /// A line longer than this is cut into several: nobody's output fills our memory.
    private static let lineBytesMax = 64 * 1_024

    let output: Int32
    let error: Int32
    private let reading: [(descriptor: Int32, isError: Bool)]
    private let take: @Sendable (String, Bool) -> Void

    init(_ target: ChildProcess.Output) throws {
        switch target {
        case .lines(let take):
            let first = try Self.pipe()
            let second = try Self.pipe()
            output = first.writing
            error = second.writing
            reading = [(first.reading, false), (second.reading, true)]
            self.take = take
        case .files(let outputPath, let errorPath):
            output = try Self.file(outputPath)
            error = try Self.file(errorPath)
            reading = []
            take = { _, _ in }
        }
    }

    /// The child has its own copies.
    func closeWriting() {
        close(output)
        close(error)
    }

    func closeReading() { reading.forEach { close($0.descriptor) } }

    func startReading() -> [Worker] {
        let take = take
        return reading.map { descriptor, isError in
            Worker { Self.readLines(descriptor) { take($0, isError) } }
        }
    }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else {
            throw ChildProcess.StartFault(description: "no pipe: \(String(cString: strerror(errno)))")
        }
        // Other children must not hold an end open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func file(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ChildProcess.StartFault(description: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private static func readLines(_ descriptor: Int32, _ take: (String) -> Void) {
        defer { close(descriptor) }
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            for byte in buffer[0..<count] {
                if byte == UInt8(ascii: "\n") || pending.count >= lineBytesMax {
                    take(String(decoding: pending, as: UTF8.self))
                    pending = []
                }
                if byte != UInt8(ascii: "\n") { pending.append(byte) }
            }
        }
        if !pending.isEmpty { take(String(decoding: pending, as: UTF8.self)) }
    }
}

/// A thread of its own, for what blocks: the concurrency pool has only as many as the machine has processors.
package struct Worker {
    private let thread: pthread_t

    package init(_ body: @escaping () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        precondition(status == 0, "no thread can be had")
        self.thread = thread
    }

    package func join() { pthread_join(thread, nil) }
    package func detach() { pthread_detach(thread) }

    private final class Box {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
