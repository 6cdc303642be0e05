import Digest
import Glibc
import Hummingbird
import NIOCore

/// The helper `copyboot` as a file that agents fetch; opened once, so that what was digested is what is served.
public final class HelperFile: Sendable {
    private static let partBytes = 64 * 1_024
    /// In bytes: some five times what it has.
    private static let bytesMax = 64 * 1_024 * 1_024

    /// Lower-case hexadecimal: its name.
    public let sha256: String
    /// In bytes.
    public let size: Int
    private let descriptor: Int32

    /// Opens and digests a program.
    ///
    /// - Throws: `control_api.bad_helper`.
    public init(path: String) throws(ControlAPIError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ControlAPIError(.badHelper, "the helper \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        var digest = SHA256()
        var start: Int64 = 0
        while let part = Self.part(of: descriptor, at: start), !part.isEmpty {
            digest.update(part)
            start += Int64(part.count)
            guard start <= Self.bytesMax else { break }
        }
        size = Int(start)
        sha256 = digest.hex()
        guard start > 0, start <= Self.bytesMax else {
            throw ControlAPIError(.badHelper, "the helper \(path) is empty, too large, or cannot be read")
        }
    }

    deinit { close(descriptor) }

    /// The whole file, a part at a time: it is not kept in memory for the moment in which an agent asks.
    func body() -> ResponseBody {
        ResponseBody(contentLength: size) { writer in
            var start: Int64 = 0
            while start < Int64(self.size) {
                guard let part = Self.part(of: self.descriptor, at: start), !part.isEmpty else {
                    throw ControlAPIError(.badHelper, "the helper became shorter while it was served")
                }
                try await writer.write(ByteBuffer(bytes: part))
                start += Int64(part.count)
            }
            try await writer.finish(nil)
        }
    }

    private static func part(of descriptor: Int32, at start: Int64) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: partBytes)
        let count = pread(descriptor, &bytes, bytes.count, Int(start))
        return count < 0 ? nil : Array(bytes[..<count])
    }
}
