import Synchronization

/// One text that a closure sets and a test reads.
final class ResultBox: Sendable {
    private let text = Mutex("nothing")

    var value: String { text.withLock { $0 } }
    func set(_ value: String) { text.withLock { $0 = value } }
}
