import CZooKeeper
import Glibc

/// A node's content and version.
package struct ZooKeeperNode: Hashable, Sendable {
    package let data: [UInt8]
    package let version: Int32
    package let children: Int32
}

/// A call whose answer is waited for.
private final class Pending<Value: Sendable>: Sendable {
    private let continuation: CheckedContinuation<Result<Value, ZooKeeperFault>, Never>
    private let shared: ZooKeeperSession.Shared
    private let sent = ContinuousClock.now

    init(
        _ continuation: CheckedContinuation<Result<Value, ZooKeeperFault>, Never>,
        _ shared: ZooKeeperSession.Shared
    ) {
        self.continuation = continuation
        self.shared = shared
    }

    /// Takes back what the library was given as context.
    static func claim(_ context: UnsafeRawPointer?) -> Pending<Value>? {
        context.map { Unmanaged<Pending<Value>>.fromOpaque($0).takeRetainedValue() }
    }

    func end(_ code: Int32, _ value: @autoclosure () -> Value?) {
        let fault = ZooKeeperFault(code)
        if code == ZOK.rawValue || fault.isAnswer { shared.heard(sent) }
        guard code == ZOK.rawValue else { return continuation.resume(returning: .failure(fault)) }
        let result = value().map(Result<Value, ZooKeeperFault>.success)
        continuation.resume(returning: result ?? .failure(ZooKeeperFault(ZMARSHALLINGERROR)))
    }
}

extension ZooKeeperSession {
    /// Sends a call and waits for its answer, for as long as the connection holds.
    private func call<Value: Sendable>(
        _ send: (_ handle: OpaquePointer, _ context: UnsafeRawPointer) -> Int32
    ) async throws(ZooKeeperFault) -> Value {
        let result: Result<Value, ZooKeeperFault> = await withCheckedContinuation { continuation in
            let pending = Unmanaged.passRetained(Pending<Value>(continuation, shared))
            let code = withHandle { send($0, UnsafeRawPointer(pending.toOpaque())) }
            // It was not sent, and nobody else will give it back.
            if code != ZOK.rawValue { pending.takeRetainedValue().end(code ?? ZCLOSING.rawValue, nil) }
        }
        return try result.get()
    }

    /// A node; `noNode` when there is none.
    package func node(_ path: String) async throws(ZooKeeperFault) -> ZooKeeperNode {
        try await call { handle, context in
            zoo_aget(
                handle,
                path,
                0,
                { code, bytes, count, stat, context in
                    Pending<ZooKeeperNode>.claim(context)?.end(code, ZooKeeperNode(bytes, count, stat))
                },
                context
            )
        }
    }

    /// The names of a node's children, in no order.
    package func children(of path: String) async throws(ZooKeeperFault) -> [String] {
        try await call { handle, context in
            zoo_aget_children(
                handle,
                path,
                0,
                { code, strings, context in
                    Pending<[String]>.claim(context)?.end(code, names(strings))
                },
                context
            )
        }
    }

    /// Whether there is a node.
    package func exists(_ path: String) async throws(ZooKeeperFault) -> Bool {
        do throws(ZooKeeperFault) {
            return try await call { handle, context in
                zoo_aexists(
                    handle,
                    path,
                    0,
                    { code, _, context in
                        Pending<Bool>.claim(context)?.end(code, true)
                    },
                    context
                )
            }
        } catch .noNode {
            return false
        }
    }

    /// Has the server that we are with catch up with the others.
    package func sync(_ path: String) async throws(ZooKeeperFault) {
        let _: String = try await call { handle, context in
            zoo_async(
                handle,
                path,
                { code, path, context in
                    Pending<String>.claim(context)?.end(code, path.map { String(cString: $0) } ?? "")
                },
                context
            )
        }
    }

    /// Replaces a node's content if it is at this version.
    ///
    /// - Returns: its version from then on.
    package func set(_ path: String, _ data: [UInt8], version: Int32) async throws(ZooKeeperFault) -> Int32 {
        try await call { handle, context in
            data.withUnsafeBytes { bytes in
                zoo_aset(
                    handle,
                    path,
                    bytes.assumingMemoryBound(to: CChar.self).baseAddress,
                    Int32(bytes.count),
                    version,
                    { code, stat, context in Pending<Int32>.claim(context)?.end(code, stat?.pointee.version) },
                    context
                )
            }
        }
    }

    /// Makes a node that goes with the session, with a number behind its name that grows.
    ///
    /// - Returns: its path.
    package func createEphemeral(_ path: String, _ data: [UInt8]) async throws(ZooKeeperFault) -> String {
        let (acl, flags) = (acl, ZOO_EPHEMERAL_SEQUENTIAL)
        return try await call { handle, context in
            data.withUnsafeBytes { bytes in
                zoo_acreate(
                    handle,
                    path,
                    bytes.assumingMemoryBound(to: CChar.self).baseAddress,
                    Int32(bytes.count),
                    acl,
                    flags,
                    { code, path, context in
                        Pending<String>.claim(context)?.end(code, path.map { String(cString: $0) })
                    },
                    context
                )
            }
        }
    }

    /// What may be done with the nodes that we make, and by whom.
    var acl: UnsafePointer<ACL_vector> { isPrivate ? czookeeper_creator_acl() : czookeeper_open_acl() }

    /// Does all of it, or nothing.
    ///
    /// - Throws: the fault of the first operation that cannot be done, and which that is.
    package func multi(_ operations: [ZooKeeperOperation]) async throws(ZooKeeperMulti.Fault) {
        let multi = ZooKeeperMulti(operations, acl: acl)
        do throws(ZooKeeperFault) {
            let _: Bool = try await call { handle, context in
                multi.send(handle, { code, context in Pending<Bool>.claim(context)?.end(code, true) }, context)
            }
        } catch {
            throw multi.fault(error)
        }
    }
}

extension ZooKeeperNode {
    fileprivate init?(_ bytes: UnsafePointer<CChar>?, _ count: Int32, _ stat: UnsafePointer<Stat>?) {
        guard let stat = stat?.pointee else { return nil }
        // A node without content has a count of -1.
        let data = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(max(0, count)))
        self.init(data: Array(data), version: stat.version, children: stat.numChildren)
    }
}

private func names(_ strings: UnsafePointer<String_vector>?) -> [String]? {
    guard let strings = strings?.pointee else { return nil }
    return (0..<Int(strings.count)).compactMap { index in strings.data[index].map { String(cString: $0) } }
}
