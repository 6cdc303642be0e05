/// What a task writes to: also the name of the file in its sandbox.
public enum OutputStream: String, Hashable, Codable, Sendable, CaseIterable {
    /// Standard output.
    case stdout
    /// Standard error.
    case stderr
}

/// Whose words they are.
public enum OutputTask: String, Hashable, Codable, Sendable, CaseIterable {
    /// The tests'.
    case suite
    /// The database's.
    case cassandra
}
