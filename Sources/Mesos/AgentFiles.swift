public import HTTPTransport
public import Model

/// A reader of the sandboxes on agents, over each agent's files API.
///
/// No state but the HTTP client's connections; every call may be repeated.
///
/// - Source: `recordings/mesos/19-sandbox-files`.
public struct AgentFiles: Sendable {
    /// What an agent gives in one read: 16 pages.
    static let readBytesMax = 65_536
    /// An agent in the same data centre answers in milliseconds; somebody waits for this.
    private static let connect = Duration.seconds(2)
    private static let call = Duration.seconds(4)
    /// One byte may take six in JSON, and there are names around it.
    private static let answerBytesMax = readBytesMax * 6 + 1_024

    private let http: HTTPClient
    private let authorization: (any Authorization)?
    private let secure: Bool
    /// After so long, a read of several calls gives what it has.
    private let patience: Duration

    /// A reader.
    ///
    /// - Parameters:
    ///   - http: shared with others at will.
    ///   - authorization: who we are; nil for nobody in particular.
    ///   - secure: true where agents speak TLS.
    public init(http: HTTPClient, authorization: (any Authorization)? = nil, secure: Bool = false) {
        self.init(http: http, authorization: authorization, secure: secure, patience: .seconds(4))
    }

    init(http: HTTPClient, authorization: (any Authorization)? = nil, secure: Bool = false, patience: Duration) {
        self.http = http
        self.secure = secure
        self.authorization = authorization
        self.patience = patience
    }

    /// What a file holds from an offset on.
    ///
    /// - Parameters:
    ///   - file: which.
    ///   - offset: in bytes, from the file's beginning.
    ///   - max: bytes at most, more than none.
    /// - Returns: what was there; not all that was asked for when the agent is slow.
    /// - Throws: `mesos.no_such_file`, `mesos.bad_address`, `mesos.unreachable`,
    ///   `mesos.unexpected_status` or `mesos.bad_agent_answer`.
    public func read(_ file: SandboxFile, from offset: Int64, max: Int) async throws(MesosError) -> FileChunk {
        precondition(max > 0 && offset >= 0, "a read of \(max) bytes from \(offset)")
        let began = ContinuousClock.now
        var chunk = FileChunk(bytes: [], isEnd: false)
        repeat {
            let count = min(max - chunk.bytes.count, Self.readBytesMax)
            let next = offset + Int64(chunk.bytes.count)
            let answer = try await read(file, offset: next, length: count)
            guard answer.offset == next, answer.data.count <= count else {
                throw MesosError(
                    .badAgentAnswer,
                    "agent \(file.host) was asked for \(count) bytes from \(next), and gave \(answer.data.count) from "
                        + "\(answer.offset)"
                )
            }
            chunk.bytes += answer.data
            // Fewer than asked for may be the agent's limit: only nothing at all is the end.
            chunk.isEnd = answer.data.isEmpty
        } while !chunk.isEnd && chunk.bytes.count < max && ContinuousClock.now - began < patience
        return chunk
    }

    /// How many bytes a file has.
    ///
    /// - Throws: as ``read(_:from:max:)``.
    public func size(of file: SandboxFile) async throws(MesosError) -> Int64 {
        let answer = try await read(file, offset: -1, length: nil)
        guard answer.offset >= 0, answer.data.isEmpty else {
            throw MesosError(.badAgentAnswer, "agent \(file.host) was asked for a size, and gave \(answer.offset)")
        }
        return answer.offset
    }

    /// A whole file.
    ///
    /// - Parameters:
    ///   - file: which.
    ///   - max: bytes at most.
    /// - Returns: its bytes.
    /// - Throws: `mesos.file_too_large`, and as ``read(_:from:max:)``.
    public func download(_ file: SandboxFile, max: Int) async throws(MesosError) -> [UInt8] {
        try await get("download", file, query: "", bytesMax: max)
    }

    // MARK: one call

    private func read(
        _ file: SandboxFile,
        offset: Int64,
        length: Int?
    ) async throws(MesosError) -> FileReadAnswer {
        let query = "&offset=\(offset)" + (length.map { "&length=\($0)" } ?? "")
        let body = try await get("read", file, query: query, bytesMax: Self.answerBytesMax)
        guard let answer = FileReadAnswer(body) else {
            throw MesosError(.badAgentAnswer, "agent \(file.host) answers a read with something else")
        }
        return answer
    }

    private func get(
        _ call: String,
        _ file: SandboxFile,
        query: String,
        bytesMax: Int
    ) async throws(MesosError) -> [UInt8] {
        let url =
            "\(try address(of: file))/files/\(call)?path=\(Self.encoded(try Self.virtualPath(file)))\(query)"
        // An agent's refusal changes nothing about who we are to the master: nothing is renewed for it.
        let response = try await send(url, authorization?.header(), file, bytesMax: bytesMax)
        switch response.head.status {
        case 200: return response.body
        case 404: throw MesosError(.noSuchFile, "agent \(file.host) has no file \(file.path) of task \(file.task)")
        case 401: throw MesosError(.unauthenticated, "agent \(file.host) wants to know who we are")
        case 403: throw MesosError(.forbidden, "agent \(file.host) does not let us read \(file.path)")
        case let status:
            let said = String(decoding: response.body.prefix(200), as: UTF8.self)
            throw MesosError(
                .unexpectedStatus,
                "agent \(file.host) answers \(status): \(said)",
                retry: status >= 500 ? .safe : .never
            )
        }
    }

    private func send(
        _ url: String,
        _ authorization: String?,
        _ file: SandboxFile,
        bytesMax: Int
    ) async throws(MesosError) -> HTTPResponse {
        let request = HTTPRequest(
            url: url,
            headers: [("Accept", "application/json")] + (authorization.map { [("Authorization", $0)] } ?? []),
            deadlines: HTTPDeadlines(connect: Self.connect, stall: Self.call, total: Self.call),
            limits: HTTPLimits(bodyBytes: bytesMax)
        )
        do throws(HTTPError) {
            return try await http.send(request)
        } catch {
            throw MesosError(agentFault: error, file, bytesMax: bytesMax)
        }
    }

    private func address(of file: SandboxFile) throws(MesosError) -> MasterAddress {
        let authority = Authority.text(host: file.host, port: file.port)
        guard let address = MasterAddress(authority: authority[...], secure: secure) else {
            throw MesosError(.badAddress, "\(authority.prefix(300)) is no address of an agent")
        }
        return address
    }

    private static func virtualPath(_ file: SandboxFile) throws(MesosError) -> String {
        let names = [file.framework.value, file.executor.value, file.task.value]
        guard SandboxFile.isPath(file.path), names.allSatisfy({ SandboxFile.isPath($0) && !$0.contains("/") }) else {
            throw MesosError(.noSuchFile, "\(file.path.prefix(200)) is no path inside a sandbox")
        }
        return "/frameworks/\(names[0])/executors/\(names[1])/runs/latest/tasks/\(names[2])/\(file.path)"
    }

    /// All but letters, digits, `-._~` and the slash.
    private static func encoded(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension MesosError {
    fileprivate init(agentFault error: HTTPError, _ file: SandboxFile, bytesMax: Int) {
        guard error.code != "http.body_too_large" else {
            self.init(.fileTooLarge, "file \(file.path) is larger than \(bytesMax) bytes")
            return
        }
        // A read changes nothing: it may be repeated whatever became of it.
        self.init(
            .unreachable,
            "agent \(file.host):\(file.port) cannot be read: \(error.message)",
            context: ["http": error.code],
            retry: error.retry == .never ? .never : .safe
        )
    }
}

extension MesosError.Code {
    /// An agent has no such file: not yet, or no more.
    public static let noSuchFile = Self("no_such_file")
    /// A file has more bytes than its reader wants.
    public static let fileTooLarge = Self("file_too_large")
    /// An answer of an agent that is none of its files API's.
    public static let badAgentAnswer = Self("bad_agent_answer")
}
