import CProtobufC

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Memory that is handed out piece by piece and given back all at once.
///
/// protobuf-c asks for some 80 pieces an offer; one at a time by `malloc` they cost four times as long (facts on performance,
/// §4), and on malformed input they would have to be found again to be freed. Nothing outlives the arena.
struct Arena: ~Copyable {
    /// One block holds a usual offer hundreds of times over, and is small beside the process.
    private static let blockBytes = 64 * 1_024
    /// As `malloc` aligns.
    private static let alignment = 16

    /// What the C callback works on.
    ///
    /// Plain memory, because an access to a class's field is checked each time.
    private struct State {
        var allocator = ProtobufCAllocator()
        var blocks: UnsafeMutableRawPointer?
        var cursor: UnsafeMutableRawPointer?
        var room = 0
        /// Of the budget.
        var left: Int
    }

    /// At the start of each block; as long as the alignment.
    private struct Header: Equatable {
        var next: UnsafeMutableRawPointer?
        var bytes: Int
    }

    private let state: UnsafeMutablePointer<State>

    /// An empty arena.
    ///
    /// - Parameter budget: how many bytes it may hand out before it says no, so that a few hostile bytes cannot become
    ///   gigabytes.
    init(budget: Int) {
        state = .allocate(capacity: 1)
        state.initialize(to: State(left: budget))
        state.pointee.allocator.allocator_data = UnsafeMutableRawPointer(state)
        state.pointee.allocator.alloc = { data, size in
            // SAFETY: allocator_data is the state pointer set above; protobuf-c hands it back as it is.
            guard let data else { return nil }
            return Arena.take(data.assumingMemoryBound(to: State.self), size)
        }
        state.pointee.allocator.free = { _, _ in }
    }

    deinit {
        Self.release(state)
        state.deallocate()
    }

    /// What protobuf-c takes its memory from; valid as long as the arena.
    var allocator: UnsafeMutablePointer<ProtobufCAllocator>? { state.pointer(to: \.allocator) }

    /// Gives everything back, and starts over.
    ///
    /// - Parameter budget: as in `init`.
    func reset(budget: Int) {
        if let block = state.pointee.blocks, block.load(as: Header.self) == Header(next: nil, bytes: Self.blockBytes) {
            state.pointee.cursor = block + Self.alignment
            state.pointee.room = Self.blockBytes
        } else {
            Self.release(state)
        }
        state.pointee.left = budget
    }

    /// Hands out memory for so many bytes, aligned as `malloc` does; nil when the budget or the machine has no more.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? { Self.take(state, size) }

    private static func take(_ state: UnsafeMutablePointer<State>, _ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= 0, size <= state.pointee.left else { return nil }
        let rounded = (size + alignment - 1) & ~(alignment - 1)
        state.pointee.left -= min(rounded, state.pointee.left)
        if rounded > state.pointee.room || state.pointee.cursor == nil {
            let bytes = max(rounded, blockBytes)
            guard let block = malloc(bytes + alignment) else { return nil }
            block.storeBytes(of: Header(next: state.pointee.blocks, bytes: bytes), as: Header.self)
            state.pointee.blocks = block
            state.pointee.cursor = block + alignment
            state.pointee.room = bytes
        }
        defer {
            state.pointee.cursor? += rounded
            state.pointee.room -= rounded
        }
        return state.pointee.cursor
    }

    private static func release(_ state: UnsafeMutablePointer<State>) {
        while let block = state.pointee.blocks {
            state.pointee.blocks = block.load(as: Header.self).next
            free(block)
        }
        state.pointee.cursor = nil
        state.pointee.room = 0
    }
}
