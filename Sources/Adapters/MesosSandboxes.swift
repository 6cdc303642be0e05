public import Mesos
public import Model
public import Scheduler

/// The scheduler's port to sandboxes, over the agents' files API.
public struct MesosSandboxes: SandboxPort {
    private let files: AgentFiles

    /// Reads through this reader.
    public init(_ files: AgentFiles) { self.files = files }

    /// What a file holds from an offset on.
    public func read(_ file: SandboxFile, from offset: Int64, max: Int) async -> Result<FileChunk, SandboxFault> {
        do { return .success(try await files.read(file, from: offset, max: max)) } catch {
            return .failure(.init(error))
        }
    }

    /// How many bytes a file has.
    public func size(of file: SandboxFile) async -> Result<Int64, SandboxFault> {
        do { return .success(try await files.size(of: file)) } catch { return .failure(.init(error)) }
    }

    /// A whole file.
    public func download(_ file: SandboxFile, max: Int) async -> Result<[UInt8], SandboxFault> {
        do { return .success(try await files.download(file, max: max)) } catch { return .failure(.init(error)) }
    }
}

extension SandboxFault {
    fileprivate init(_ error: MesosError) {
        switch error.code {
        case .noSuchFile: self.init(.missing, error.fault)
        case .fileTooLarge: self.init(.tooLarge, error.fault)
        default: self.init(.unreadable, error.fault)
        }
    }
}
