import Sealing
import Glibc

/// `environ` is a variable of C's, which Swift calls unsafe to share: it is read here once, before any thread is.
func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        next += 1
    }
    return variables
}

exit(CopyBoot.main(CommandLine.arguments, environment: environment()))
