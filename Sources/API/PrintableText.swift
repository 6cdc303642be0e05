/// Text from outside, safe to print: control characters become `?`, and what is too long is cut with `…`.
///
/// A server's text must not move a terminal's cursor, nor a request's text break a log line.
///
/// - Parameters:
///   - text: any text.
///   - max: in Unicode scalars.
/// - Returns: one line of at most `max` scalars and an ellipsis.
package func printable(_ text: String, max: Int) -> String {
    var result = String.UnicodeScalarView()
    for (count, scalar) in text.unicodeScalars.enumerated() {
        guard count < max else { return String(result) + "…" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: result.append("?")
        default: result.append(scalar)
        }
    }
    return String(result)
}
