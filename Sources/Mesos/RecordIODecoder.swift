/// Cuts a stream of bytes into records: a decimal length, a line feed, then exactly so many bytes.
///
/// Feed it chunks of any size, and after each take records until there is none. Strict: digits without a leading zero, one
/// line feed, nothing between records. After an error it stays in error.
///
/// - Source: `recordings/mesos/01-subscribe`.
public struct RecordIODecoder: Sendable {
    /// The largest record that is held, in bytes.
    ///
    /// A master puts all agents of one allocation into one event: 32 MB at 50,000 agents (facts on performance, §6); this is
    /// twice that. A smaller limit would cut a large cluster off for good.
    public static let recordBytesMax = 64 * 1_024 * 1_024

    /// As many digits as the largest 64-bit number has; a longer line is no length at all.
    private static let digitsMax = 20

    private var chunk: ArraySlice<UInt8> = []
    private var line: [UInt8] = []
    private var record: [UInt8] = []
    private var missing: Int?
    private var failure: MesosError?

    /// The memory that waits for more: none between two records.
    var heldBytes: Int { chunk.count + record.capacity }

    /// At the start of a stream.
    public init() {}

    /// Takes the next bytes of the stream.
    ///
    /// - Parameter bytes: as many as came; the last ones fed should have been cut up by ``next()`` before.
    public mutating func feed(_ bytes: [UInt8]) {
        if chunk.isEmpty { chunk = bytes[...] } else { chunk += bytes }
    }

    /// Cuts off the next record.
    ///
    /// - Returns: its bytes, maybe none; nil when more bytes have to be fed first.
    /// - Throws: `mesos.recordio_bad_length`, `mesos.recordio_too_large`.
    public mutating func next() throws(MesosError) -> [UInt8]? {
        if let failure { throw failure }
        do {
            if missing == nil { try readLength() }
        } catch {
            failure = error
            throw error
        }
        guard let missing else { return nil }
        let part = chunk.prefix(missing)
        record += part
        chunk = chunk.dropFirst(part.count)
        // An empty slice would hold on to the whole chunk until the next one comes, maybe for 15 s.
        if chunk.isEmpty { chunk = [] }
        guard part.count == missing else {
            self.missing = missing - part.count
            return nil
        }
        self.missing = nil
        defer { record = [] }
        return record
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: the error met before, or `mesos.recordio_truncated` when a record is unfinished.
    public func finish() throws(MesosError) {
        if let failure { throw failure }
        guard missing == nil, line.isEmpty, chunk.isEmpty else {
            let held = missing.map { "\($0) bytes short" } ?? "inside a length"
            throw MesosError(.recordioTruncated, "the stream ended inside a record, \(held)", retry: .safe)
        }
    }

    private mutating func readLength() throws(MesosError) {
        while let byte = chunk.popFirst() {
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                let length = try length(line.dropLast())
                line.removeAll(keepingCapacity: true)
                record.reserveCapacity(length)
                missing = length
                return
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), line.count <= Self.digitsMax else {
                throw badLength()
            }
        }
    }

    private func length(_ digits: ArraySlice<UInt8>) throws(MesosError) -> Int {
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { throw badLength() }
        let text = String(decoding: digits, as: UTF8.self)
        guard let length = Int(text), length <= Self.recordBytesMax else {
            throw MesosError(
                .recordioTooLarge,
                "a record of \(text) bytes is announced, more than the \(Self.recordBytesMax) that are held",
                context: ["announced": text],
                retry: .safe
            )
        }
        return length
    }

    private func badLength() -> MesosError {
        let shown = (line + chunk.prefix(16)).map { byte in
            (0x20..<0x7f).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return MesosError(
            .recordioBadLength,
            "a record's length is not a decimal number: \(shown.joined())",
            context: ["bytes": shown.joined()],
            retry: .safe
        )
    }
}
