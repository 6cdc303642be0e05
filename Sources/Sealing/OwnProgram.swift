import Digest
import Glibc
import Model

/// This program as a file.
enum OwnProgram {
    /// That it is the one that the scheduler knows: whoever fetched it could not tell, since Mesos' URIs carry no hash.
    ///
    /// - Parameter wanted: SHA-256 in lower-case hexadecimal.
    /// - Throws: `otherHelper`.
    static func check(_ wanted: String) throws(SealFailure) {
        let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SealFailure(.otherHelper, "/proc/self/exe: \(lastError())") }
        defer { close(descriptor) }
        var digest = SHA256()
        var part = [UInt8](repeating: 0, count: 256 * 1_024)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SealFailure(.otherHelper, "/proc/self/exe: \(lastError())") }
            if count == 0 { break }
            digest.update(count == part.count ? part : Array(part[..<count]))
        }
        let found = digest.hex()
        guard found == wanted else {
            throw SealFailure(.otherHelper, "its SHA-256 is \(found), and the scheduler's is \(wanted.prefix(64))")
        }
    }
}
