/// Why a store could not do it.
///
/// Nothing has changed then, save for ``Code/io``: what a disk has kept of a commit it failed at is known after the
/// next ``StateStore/open()`` only.
public struct StateStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable.
    public enum Code: String, Hashable, Sendable, CustomStringConvertible {
        /// Somebody has opened the store since.
        case fenced = "state.fenced"
        /// Another process holds it.
        case locked = "state.locked"
        /// It is damaged, or not ours.
        case corrupt = "state.corrupt"
        /// A newer version has written it.
        case newerFormat = "state.newer_format"
        /// A key, a value or a batch is too big.
        case limit = "state.limit"
        /// The disk, or what stands for it.
        case io = "state.io"
        /// The right to it is over: somebody else may have it.
        case lost = "state.lost"
        /// It is not for us.
        case denied = "state.denied"
        /// It has been given back.
        case closed = "state.closed"
        /// Nothing that a store can be found by.
        case badAddress = "state.bad_address"

        /// With the module's name in front.
        public var description: String { rawValue }
    }

    /// Which.
    public let code: Code
    /// For people: what and where.
    public let message: String

    /// Wraps both.
    ///
    /// - Parameters:
    ///   - code: what programs decide by.
    ///   - message: names the file, the key or the number that is at fault.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
