import Glibc

/// Says a line on standard output, at once and as a whole.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // Whoever closed it does not want to know.
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}
