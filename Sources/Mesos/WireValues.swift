import CMesos
import CProtobufC
import Model

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// What one message may take of us.
enum WireLimits {
    /// An id, in bytes: Mesos' own are some 45 long; nobody may fill our store with one.
    static let identifierBytesMax = 4_096
    /// Any other text, in bytes; what is longer is cut.
    ///
    /// For people, 4 KiB is plenty.
    static let textBytesMax = 4_096
    /// Offers in one event, unreadable ones included: five times as many as the largest cluster has agents.
    ///
    /// A hostile event of 64 MiB could name thirty million, at some hundred bytes of ours each.
    static let offersMax = 250_000
    /// An update's uuid, in bytes: Mesos' has 16.
    static let uuidBytesMax = 64

    /// How much memory decoding so many bytes may take.
    ///
    /// Real offers take 5.6 times their size; two bytes can ask for a struct of a hundred.
    static func arenaBytes(for count: Int) -> Int { 64 * 1_024 + 16 * count }
}

/// The value, or an error that says where it is missing.
func require<T>(_ value: T?, _ what: StaticString) throws(MesosError) -> T {
    guard let value else { throw MesosError(.missingField, "\(what) is missing", retry: .safe) }
    return value
}

/// An id that has to be there; invalid UTF-8 is repaired.
func identifier<ID: Identifier>(_ value: ProtobufCBinaryData?, _ what: StaticString) throws(MesosError) -> ID {
    try require(try optionalIdentifier(value, what), what)
}

/// An id that may be missing, which an empty one counts as.
func optionalIdentifier<ID: Identifier>(
    _ value: ProtobufCBinaryData?,
    _ what: StaticString
) throws(MesosError) -> ID? {
    guard let value, value.len > 0 else { return nil }
    guard value.len <= WireLimits.identifierBytesMax else {
        throw MesosError(.badValue, "\(what) has \(value.len) bytes", retry: .safe)
    }
    return ID(String(decoding: value.buffer, as: UTF8.self))
}

/// A text for people, cut to 4 KiB at a character's boundary, invalid UTF-8 repaired; nil when not said.
func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    let count = strnlen(pointer, WireLimits.textBytesMax + 1)
    let bytes = UnsafeRawBufferPointer(start: pointer, count: min(count, WireLimits.textBytesMax))
    guard count > bytes.count else { return String(decoding: bytes, as: UTF8.self) }
    // A character takes at most four bytes: step back over the one that the cut goes through.
    var end = bytes.count
    while end > bytes.count - 4, pointer[end] & ~0x3f == ~0x7f { end -= 1 }
    return String(decoding: bytes[..<end], as: UTF8.self)
}

/// The same for a pointer that C calls writable.
func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String? { text(UnsafePointer(pointer)) }

/// The same for one that may be there or not twice over.
func text(_ pointer: UnsafeMutablePointer<CChar>??) -> String? { text(UnsafePointer(pointer ?? nil)) }

extension ProtobufCBinaryData {
    /// Where the bytes lie; valid as long as their arena.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: len) }
}

/// The messages of a repeated field.
func messages<T>(
    _ count: Int,
    _ items: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?
) -> some Sequence<T> {
    UnsafeBufferPointer(start: items, count: items == nil ? 0 : count).lazy.compactMap { $0?.pointee }
}

/// The name that the schema gives a number; nil when it has none.
func name(of number: Int32, in table: UnsafePointer<ProtobufCEnumDescriptor>?) -> String? {
    guard let value = protobuf_c_enum_descriptor_get_value(table, number) else { return nil }
    return String(cString: value.pointee.name)
}
