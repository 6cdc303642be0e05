import ArgumentParser
import Model

extension RunCommand {
    /// What a run is asked with: flags, and where there is none, variables, which job specs have their parameters in.
    ///
    /// There is no variable for the key: a scheduled job with a key of its own would find its first run for ever.
    struct Parameters {
        /// For a job that asks for no time of its own.
        private static let timeoutDefault = Span.minutes(30)

        let source: SourceName
        /// Both nil for a service run.
        let suiteImage: String?
        let command: String?
        let lease: Span?
        let keepOnFailure: Span?
        let timeout: Span

        /// - Parameters:
        ///   - flags: what was given.
        ///   - variable: a variable by its name, nil when it is not set or empty.
        /// - Throws: `ValidationError`, which names the flag or the variable.
        init(_ flags: RunCommand, _ variable: (String) -> String?) throws {
            func value<Value>(_ name: String, _ read: (String) throws -> Value) throws -> Value? {
                do {
                    return try variable(name).map(read)
                } catch let error as ValidationError {
                    throw ValidationError("\(name): \(error.message)")
                }
            }
            guard let source = try flags.source ?? value("UNDERSTUDY_SOURCE", sourceName) else {
                throw ValidationError("give --source, or UNDERSTUDY_SOURCE")
            }
            self.source = source
            // Variables may be there for another command.
            suiteImage = flags.service ? nil : flags.suiteImage ?? variable("UNDERSTUDY_SUITE_IMAGE")
            command = flags.service ? nil : flags.command ?? variable("UNDERSTUDY_COMMAND")
            lease = try flags.lease ?? value("UNDERSTUDY_LEASE", span)
            keepOnFailure = try flags.keepOnFailure ?? value("UNDERSTUDY_KEEP_ON_FAILURE", span)
            timeout = try flags.timeout ?? value("UNDERSTUDY_TIMEOUT", span) ?? Self.timeoutDefault
        }
    }
}
