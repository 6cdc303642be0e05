import CMesos
import CProtobufC
import Model

/// Builds one call as the structs that protobuf-c packs.
///
/// All pieces live in the arena: they are valid as long as the builder.
struct CallBuilder: ~Copyable {
    private let arena = Arena(budget: .max)

    /// A message of one kind, set to its defaults and then filled.
    func make<T>(
        _ initialize: (UnsafeMutablePointer<T>?) -> Void,
        _ fill: (inout T) throws(MesosError) -> Void = { _ in }
    ) throws(MesosError) -> UnsafeMutablePointer<T> {
        let message = try room(for: T.self, 1)
        initialize(message)
        try fill(&message.pointee)
        return message
    }

    /// The pointers of a repeated field; nil when there are none.
    func list<T>(
        _ items: [UnsafeMutablePointer<T>]
    ) throws(MesosError) -> UnsafeMutablePointer<UnsafeMutablePointer<T>?>? {
        guard !items.isEmpty else { return nil }
        let list = try room(for: UnsafeMutablePointer<T>?.self, items.count)
        for (index, item) in items.enumerated() { (list + index).initialize(to: item) }
        return list
    }

    /// A C string.
    ///
    /// - Throws: `mesos.cannot_encode` for a text with a zero byte: C would send half of it, a different command.
    func text(_ value: String) throws(MesosError) -> UnsafeMutablePointer<CChar> {
        let terminated = value.utf8CString
        guard terminated.firstIndex(of: 0) == terminated.count - 1 else {
            throw MesosError(.cannotEncode, "a text holds a zero byte")
        }
        let copy = try room(for: CChar.self, terminated.count)
        for (index, byte) in terminated.enumerated() { copy[index] = byte }
        return copy
    }

    /// The same, or nil for nil.
    func optionalText(_ value: String?) throws(MesosError) -> UnsafeMutablePointer<CChar>? {
        guard let value else { return nil }
        return try text(value)
    }

    /// An id's bytes.
    func bytes(_ id: some Identifier) throws(MesosError) -> ProtobufCBinaryData { try bytes(Array(id.value.utf8)) }

    /// Bytes as they are.
    func bytes(_ value: [UInt8]) throws(MesosError) -> ProtobufCBinaryData {
        let copy = try room(for: UInt8.self, value.count)
        copy.initialize(from: value, count: value.count)
        return ProtobufCBinaryData(len: value.count, data: copy)
    }

    private func room<T>(for type: T.Type, _ count: Int) throws(MesosError) -> UnsafeMutablePointer<T> {
        guard let memory = arena.allocate(max(1, count) * MemoryLayout<T>.stride) else {
            throw MesosError(.cannotEncode, "out of memory while a call is built")
        }
        return memory.bindMemory(to: T.self, capacity: count)
    }
}

/// Like `map`, for what throws our error.
func each<T, R>(_ items: [T], _ make: (T) throws(MesosError) -> R) throws(MesosError) -> [R] {
    var made: [R] = []
    made.reserveCapacity(items.count)
    for item in items { made.append(try make(item)) }
    return made
}
