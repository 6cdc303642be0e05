import Glibc
import Model

/// Whole files of a limited size.
enum SmallFile {
    /// What a file holds.
    ///
    /// Files of `/proc` have no size: they are read to their end.
    ///
    /// - Returns: nil when it cannot be read, or has more bytes than that.
    static func read(_ path: String, bytesMax: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 32 * 1_024)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += part[..<count]
            guard bytes.count <= bytesMax else { return nil }
        }
    }

    /// The text of a file; nil for what cannot be read, is too long, or is no UTF-8.
    static func text(_ path: String, bytesMax: Int) -> String? {
        read(path, bytesMax: bytesMax).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Writes a file whole: whoever reads it finds the old one or the new one.
    ///
    /// - Parameters:
    ///   - text: all of it.
    ///   - path: where.
    ///   - owner: who alone may read it; nil for everybody.
    /// - Throws: `cannotWrite`.
    static func write(_ text: String, to path: String, for owner: Owner? = nil) throws(SealFailure) {
        let fresh = path + ".new"
        let mode: mode_t = owner == nil ? 0o644 : 0o600
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw SealFailure(.cannotWrite, "\(fresh): \(lastError())") }
        // It may have been there before: nothing is in it yet.
        guard owner?.ownAlone(descriptor) != false else {
            let why = lastError()
            close(descriptor)
            throw SealFailure(.cannotWrite, "\(fresh): \(why)")
        }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let why = lastError()
                close(descriptor)
                throw SealFailure(.cannotWrite, "\(fresh): \(why)")
            }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0, rename(fresh, path) == 0 else {
            throw SealFailure(.cannotWrite, "\(path): \(lastError())")
        }
    }

    /// Deletes the files of a folder, and nothing below it or beside it; a folder that is not there has none.
    ///
    /// - Throws: `cannotWrite`, also for a link in the folder's place.
    static func deleteFiles(in folder: String) throws(SealFailure) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            throw SealFailure(.cannotWrite, "\(folder): \(lastError())")
        }
        // Closes the descriptor too.
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_REG) else { continue }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
                throw SealFailure(.cannotWrite, "\(folder)/\(name): \(lastError())")
            }
        }
    }
}
