import API
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Reads request bodies within their limits: of size, of time, and of all of them together.
final class BodyGate: Sendable {
    private let held = Mutex(0)
    private let bytesMax: Int
    private let deadline: Duration

    init(bytesMax: Int = ControlLimits.bodiesBytesMax, deadline: Duration = ControlLimits.bodyDeadline) {
        self.bytesMax = bytesMax
        self.deadline = deadline
    }

    /// Reads the whole body, hands it on, and forgets it.
    ///
    /// - Parameters:
    ///   - request: its body has not been read.
    ///   - use: what is done with it; the body counts as held until then.
    /// - Returns: what `use` gives.
    /// - Throws: 413, 408 or 503 as a refusal; the connection's own error when it breaks.
    func withBody<Value: Sendable>(
        of request: Request,
        _ use: ([UInt8]) async throws -> Value
    ) async throws -> Value {
        let limit = RequestLimits.bodyBytesMax
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > limit { throw Self.tooLarge }
        let share = announced ?? limit
        guard reserve(share) else {
            throw APIRefusal(status: 503, code: "api.busy", message: "too many requests at once; try again")
        }
        defer { held.withLock { $0 -= share } }
        return try await use(try await read(request.body, limit: limit))
    }

    private static let tooLarge = APIRefusal(
        status: 413,
        code: APIError.Code.bodyTooLarge.description,
        message: "a request's body may have at most \(RequestLimits.bodyBytesMax) bytes"
    )

    private func reserve(_ share: Int) -> Bool {
        held.withLock { held in
            guard held + share <= bytesMax else { return false }
            held += share
            return true
        }
    }

    private func read(_ body: RequestBody, limit: Int) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await buffer in body {
                    guard bytes.count + buffer.readableBytes <= limit else { throw Self.tooLarge }
                    bytes.append(contentsOf: buffer.readableBytesView)
                }
                return bytes
            }
            group.addTask { [deadline] in
                try await Task.sleep(for: deadline)
                throw APIRefusal(
                    status: 408,
                    code: "api.body_timeout",
                    message: "the body was not there within \(deadline)"
                )
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
