/// Where the state is kept, as `--state` names it.
public struct StateAddress: Hashable, Sendable, CustomStringConvertible {
    /// The database file's path.
    public let path: String

    /// Reads `sqlite:PATH`.
    ///
    /// - Throws: `state.bad_address` for anything else, `zk://…` among it until that store exists.
    public init(_ text: String) throws(StateStoreError) {
        if text.hasPrefix("zk://") {
            throw StateStoreError(.badAddress, "\(text.prefix(200)): ZooKeeper is not in this version; use sqlite:PATH")
        }
        let scheme = "sqlite:"
        guard text.hasPrefix(scheme), text.utf8.count > scheme.utf8.count, text.utf8.count <= 4_096,
            !text.utf8.contains(0)
        else { throw StateStoreError(.badAddress, "\(text.prefix(200)) is not of the form sqlite:PATH") }
        path = String(text.dropFirst(scheme.count))
    }

    /// As it was written.
    public var description: String { "sqlite:\(path)" }
}
