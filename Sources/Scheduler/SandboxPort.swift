import Lifecycle
public import Model

/// What the scheduler needs of the agents: files in its tasks' sandboxes.
///
/// Every call only looks, and may be repeated.
public protocol SandboxPort: Sendable {
    /// What a file holds from an offset on; less than asked for when the agent is slow.
    func read(_ file: SandboxFile, from offset: Int64, max: Int) async -> Result<FileChunk, SandboxFault>
    /// How many bytes a file has.
    func size(of file: SandboxFile) async -> Result<Int64, SandboxFault>
    /// A whole file of at most so many bytes.
    func download(_ file: SandboxFile, max: Int) async -> Result<[UInt8], SandboxFault>
}

/// Why a file could not be read.
public struct SandboxFault: Error, Hashable, Sendable {
    /// What a caller may conclude.
    public enum Kind: Hashable, Sendable {
        /// There is no such file: not yet, or no more.
        case missing
        /// It has more bytes than asked for.
        case tooLarge
        /// Nobody knows.
        case unreadable
    }

    /// What a caller may conclude.
    public let kind: Kind
    /// In a form that crosses modules.
    public let fault: Fault

    /// Wraps both.
    public init(_ kind: Kind, _ fault: Fault) {
        self.kind = kind
        self.fault = fault
    }
}

extension SandboxPort {
    /// The end of a file, as much of it as could be kept.
    func end(of file: SandboxFile) async -> Result<SuiteReading.Part, ReadFault> {
        let size: Int64
        switch await self.size(of: file) {
        case .failure(let failure): return .failure(ReadFault(failure.fault))
        case .success(let found): size = found
        }
        guard size > 0 else { return .success(SuiteReading.Part(bytes: [], size: 0)) }
        let start = max(0, size - Int64(SuiteReading.bytesMax))
        let read = await self.read(file, from: start, max: Int(size - start))
        return read.mapError { ReadFault($0.fault) }.flatMap { chunk in
            guard chunk.isEnd || Int64(chunk.bytes.count) == size - start else {
                let why = "agent \(file.host) is too slow to read \(file.path) to its end"
                return .failure(ReadFault(Fault(code: "scheduler.slow_sandbox", message: why, transient: true)))
            }
            return .success(SuiteReading.Part(bytes: chunk.bytes, size: size))
        }
    }
}
