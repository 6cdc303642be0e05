import CZooKeeper
import Glibc

/// One part of what is done as a whole.
package enum ZooKeeperOperation: Hashable, Sendable {
    /// Does nothing, if the node is at this version.
    case check(path: String, version: Int32)
    /// Makes a node that was not there.
    case create(path: String, data: [UInt8])
    /// Replaces the content of one that is there; nil for at any version.
    case set(path: String, data: [UInt8], version: Int32?)
    /// Removes one that is there.
    case delete(path: String)
}

/// What a multi is made of in C, for as long as the library needs it: until it has answered.
///
/// The library copies paths and contents as it is called, and writes what became of each into memory that it is given.
package final class ZooKeeperMulti {
    /// Which operation could not be done, and why.
    package struct Fault: Error, Hashable, Sendable {
        package let fault: ZooKeeperFault
        /// nil when the whole was never judged.
        package let index: Int?
    }

    private let count: Int
    private let operations: UnsafeMutablePointer<zoo_op_t>
    private let results: UnsafeMutablePointer<zoo_op_result_t>
    private var texts: [UnsafeMutablePointer<CChar>] = []
    private var contents: [UnsafeMutableBufferPointer<CChar>] = []

    init(_ list: [ZooKeeperOperation], acl: UnsafePointer<ACL_vector>) {
        count = list.count
        operations = .allocate(capacity: max(count, 1))
        operations.initialize(repeating: zoo_op_t(), count: count)
        results = .allocate(capacity: max(count, 1))
        results.initialize(repeating: zoo_op_result_t(), count: count)
        for (index, operation) in list.enumerated() {
            let place = operations + index
            switch operation {
            case .check(let path, let version): zoo_check_op_init(place, text(path), version)
            case .create(let path, let data):
                let content = content(data)
                zoo_create_op_init(
                    place,
                    text(path),
                    content.baseAddress,
                    Int32(content.count),
                    acl,
                    ZOO_PERSISTENT,
                    nil,
                    0
                )
            case .set(let path, let data, let version):
                let content = content(data)
                zoo_set_op_init(place, text(path), content.baseAddress, Int32(content.count), version ?? -1, nil)
            case .delete(let path): zoo_delete_op_init(place, text(path), -1)
            }
        }
    }

    deinit {
        for text in texts { free(text) }
        for content in contents { content.deallocate() }
        operations.deallocate()
        results.deallocate()
    }

    private func text(_ path: String) -> UnsafePointer<CChar>? {
        // Paths are made of letters, digits and marks that are safe: none has a NUL.
        guard let copy = strdup(path) else { return nil }
        texts.append(copy)
        return UnsafePointer(copy)
    }

    private func content(_ data: [UInt8]) -> UnsafeMutableBufferPointer<CChar> {
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(data.count, 1))
        _ = copy.initialize(from: data.map { CChar(bitPattern: $0) })
        contents.append(copy)
        return UnsafeMutableBufferPointer(rebasing: copy[..<data.count])
    }

    func send(_ handle: OpaquePointer, _ completion: void_completion_t, _ context: UnsafeRawPointer) -> Int32 {
        zoo_amulti(handle, Int32(count), operations, results, completion, context)
    }

    /// What the server says of each: the one at fault has its fault, those before it are done away with.
    func fault(_ whole: ZooKeeperFault) -> Fault {
        guard whole.isAnswer else { return Fault(fault: whole, index: nil) }
        let index = (0..<count).first { results[$0].err == whole.code }
        return Fault(fault: whole, index: index)
    }
}
