/// The rows, in memory and in a log with one checked line for each; a row counts once its line is on disk.
///
/// A line is `checksum text`: CRC-32 of the row's number, a space and the text, as 8 hexadecimal digits. The number makes a lost or
/// doubled line show.
struct RowLog {
    /// Far more than a demonstration writes; all of it is held in memory.
    static let rowsMax = 100_000
    /// In bytes, the log's.
    static let bytesMax = 32 << 20

    private(set) var rows: [String] = []
    private let file: Descriptor
    private var length = 0

    /// Reads what is there; a torn last line is cut off.
    ///
    /// - Returns: the log, and the bytes that were cut off.
    /// - Throws: `standin.corrupt` for a bad line that is not the last.
    static func open(_ path: String) throws(StandInError) -> (log: RowLog, torn: Int) {
        var log = RowLog(file: try Files.openLog(path))
        let bytes = try Files.read(path, max: bytesMax)
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: newline)
            guard let end, let text = text(of: rest[..<end], number: log.rows.count) else {
                // After a crash the last line may be part of one, or may never have reached the disk in whole.
                guard end == nil || end == bytes.indices.last else {
                    throw .directory("corrupt", "\(path): row \(log.rows.count + 1) has a wrong checksum")
                }
                guard Files.truncate(log.file, to: log.length) else {
                    throw .directory("cannot_write", "\(path): \(Files.failure)")
                }
                return (log, rest.count)
            }
            log.rows.append(text)
            log.length += end + 1 - rest.startIndex
            rest = rest[(end + 1)...]
        }
        return (log, 0)
    }

    private init(file: Descriptor) { self.file = file }

    /// Adds a row, on disk when this returns.
    mutating func append(_ text: String) throws(CommandRefusal) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CommandRefusal(code: "bad_text", message: "a row is some text without control characters")
        }
        let line = Self.line(text, number: rows.count)
        guard rows.count < Self.rowsMax, length + line.count <= Self.bytesMax else {
            throw CommandRefusal(code: "full", message: "\(rows.count) rows are all that this stand-in holds")
        }
        guard Files.append(line, to: file) else {
            let message = "the row could not be written: \(Files.failure)"
            // Should this fail too, the next start cuts the line off or refuses the log.
            _ = Files.truncate(file, to: length)
            throw CommandRefusal(code: "disk", message: message)
        }
        rows.append(text)
        length += line.count
    }

    /// Drops all rows.
    mutating func clear() throws(CommandRefusal) {
        guard Files.truncate(file, to: 0) else {
            throw CommandRefusal(code: "disk", message: "the rows could not be dropped: \(Files.failure)")
        }
        rows = []
        length = 0
    }

    // MARK: lines

    private static let newline = UInt8(ascii: "\n")
    private static let checksumDigits = 8

    private static func line(_ text: String, number: Int) -> [UInt8] {
        let digits = String(checksum("\(number) \(text)".utf8), radix: 16)
        let padding = String(repeating: "0", count: checksumDigits - digits.count)
        return Array("\(padding)\(digits) \(text)\n".utf8)
    }

    private static func text(of line: ArraySlice<UInt8>, number: Int) -> String? {
        guard line.count > checksumDigits + 1 else { return nil }
        guard let text = String(validating: line.dropFirst(checksumDigits + 1), as: UTF8.self) else { return nil }
        return Self.line(text, number: number).dropLast().elementsEqual(line) ? text : nil
    }

    /// CRC-32 as in zip and Ethernet, a bit at a time: the rows are few.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320 }
        }
        return ~sum
    }
}
