import Glibc

/// The helper inside a copy's container.
///
/// | command | does |
/// |---|---|
/// | `copyboot boot` | seals the copy that the environment names, and serves it where it is to be published |
/// | `copyboot check SANDBOX ADDRESS PORT` | exits with the sealing step |
/// | `copyboot await PROGRAM ARGUMENT…` | waits until the copy is published, and becomes the program |
/// | `copyboot exec-as USER GROUP PROGRAM ARGUMENT…` | becomes the program as somebody else, and ends with its parent |
public enum CopyBoot {
    /// Runs a command.
    ///
    /// - Parameters:
    ///   - arguments: the program's name first.
    ///   - environment: by name.
    /// - Returns: the process' exit code.
    public static func main(_ arguments: [String], environment: [String: String]) -> Int32 {
        switch arguments.dropFirst().first {
        case "boot": return SealedBoot.main(environment: environment)
        case "check": return Checking.main(Array(arguments.dropFirst(2)))
        case "await": return Awaiting.main(environment: environment, Array(arguments.dropFirst(2)))
        case "exec-as":
            putLine("understudy: \(Owner.execute(arguments.dropFirst(2)))")
            return 126
        default:
            putLine("copyboot boot | check | await PROGRAM ARGUMENT… (it runs inside a copy's container)")
            return 64
        }
    }
}
