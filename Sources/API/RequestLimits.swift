public import Model

/// What a request may hold; a value beyond gets `api.bad_value`, a body `api.body_too_large`.
public enum RequestLimits {
    /// The largest legitimate request is a command of 64 KiB and some environment.
    public static let bodyBytesMax = 96 * 1_024
    /// A pipeline's URL or a commit with a prefix fits; the store keeps it as an index key.
    public static let keyCharactersMax = 200
    /// As the names of volumes allow.
    public static let sourceCharactersMax = 40
    /// As `RunID` is made.
    public static let runIDCharactersMax = 20
    /// As registries limit a reference.
    public static let imageCharactersMax = 255
    /// It travels inside a Mesos call; Linux limits one argument to 128 KiB.
    public static let commandBytesMax = 64 * 1_024
    /// More is a file's job.
    public static let environmentEntriesMax = 100
    /// Longer than any name in use.
    public static let environmentNameCharactersMax = 256
    /// A certificate chain fits.
    public static let environmentValueBytesMax = 32 * 1_024
    /// Mesos counts thousandths; below a hundredth nothing starts.
    public static let cpus: ClosedRange<Double> = 0.01...64
    /// In MiB: from what Mesos' executor itself needs to a tebibyte.
    public static let memoryMB: ClosedRange<Int> = 16...1_048_576
    /// Whoever is in front goes first; 0 is what nobody asked for.
    public static let priority: ClosedRange<Int> = 0...100
    /// A sanity bound; a source's own `leaseMax` is narrower.
    public static let lease: ClosedRange<Span> = .seconds(1)...(.days(365))
    /// Of one page of runs.
    public static let pageRuns: ClosedRange<Int> = 1...500
    /// Of one page when nobody says.
    public static let pageRunsDefault = 100
}
