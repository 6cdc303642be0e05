public import Model

extension RunRequest {
    static let fieldNames = ["key", "source", "suite", "lease", "keepOnFailure", "sameDataAs", "priority", "inspect"]

    /// Reads a request body, strictly.
    ///
    /// A null stands for an absent field. Every value is inside ``RequestLimits`` afterwards; whether the source exists
    /// and the lease is allowed is the scheduler's question.
    ///
    /// - Throws: `api.body_too_large`, `api.bad_json`, `api.unknown_field`, `api.missing_field` or `api.bad_value`;
    ///   the last three name the field by its path.
    public static func read(_ bytes: [UInt8]) throws(APIError) -> RunRequest {
        let fields = try FieldReader(body: bytes, known: fieldNames)
        guard let source = SourceName(checking: try fields.required(fields.text("source"), "source")) else {
            throw fields.bad("source", "1 to \(RequestLimits.sourceCharactersMax) of a-z, 0-9 and -")
        }
        let inspect = try fields.flag("inspect")
        let suite = try fields.member("suite", known: Suite.fieldNames).map(Suite.init(reading:))
        guard inspect != true || suite == nil else { throw fields.bad("inspect", "a run without a suite") }
        return RunRequest(
            key: try fields.key(),
            source: source,
            suite: suite,
            lease: try fields.span("lease", from: RequestLimits.lease.lowerBound),
            keepOnFailure: try fields.span("keepOnFailure", from: .zero),
            sameDataAs: try fields.runID("sameDataAs"),
            priority: try fields.integer("priority", in: RequestLimits.priority),
            inspect: inspect
        )
    }
}

extension SourceName {
    /// Reads 1 to 40 of `a-z`, `0-9` and `-`; nil for anything else.
    ///
    /// - Parameter text: from a body, a parameter or the command line.
    public init?(checking text: some StringProtocol) {
        guard (1...RequestLimits.sourceCharactersMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.init(String(text))
    }
}

extension RunID {
    /// Reads 1 to 20 of `a-z` and `0-9`; nil for anything else.
    ///
    /// - Parameter text: from a path, a parameter or the command line.
    public init?(checking text: some StringProtocol) {
        guard (1...RequestLimits.runIDCharactersMax).contains(text.utf8.count),
            text.utf8.allSatisfy(isLowerAlphanumeric)
        else { return nil }
        self.init(String(text))
    }
}

func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
}

extension RunRequest.Suite {
    static let fieldNames = ["image", "command", "env", "cpus", "memoryMB"]

    fileprivate init(reading fields: FieldReader) throws(APIError) {
        let image = try fields.required(fields.text("image"), "image")
        guard isImageReference(image) else {
            throw fields.bad("image", "a Docker image such as registry:5000/name:tag")
        }
        let command = try fields.required(fields.text("command"), "command")
        guard (1...RequestLimits.commandBytesMax).contains(command.utf8.count), !command.utf8.contains(0) else {
            throw fields.bad("command", "1 to \(RequestLimits.commandBytesMax) bytes and no NUL")
        }
        self.init(
            image: image,
            command: command,
            env: try fields.environment("env"),
            cpus: try fields.decimal("cpus", in: RequestLimits.cpus),
            memoryMB: try fields.integer("memoryMB", in: RequestLimits.memoryMB)
        )
    }
}

extension FieldReader {
    /// Takes a whole body.
    init(body bytes: [UInt8], known: [String]) throws(APIError) {
        guard bytes.count <= RequestLimits.bodyBytesMax else {
            throw APIError(
                .invalid,
                .bodyTooLarge,
                "a request's body may have at most \(RequestLimits.bodyBytesMax) bytes"
            )
        }
        try self.init(JSONTreeParser.parse(bytes), path: "", known: known)
    }

    func key() throws(APIError) -> String? {
        guard let key = try text("key") else { return nil }
        guard (1...RequestLimits.keyCharactersMax).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw bad("key", "1 to \(RequestLimits.keyCharactersMax) printable ASCII characters") }
        return key
    }

    func span(_ name: String, from shortest: Span) throws(APIError) -> Span? {
        guard let written = try text(name) else { return nil }
        guard let span = Span(written), span >= shortest, span <= RequestLimits.lease.upperBound else {
            throw bad(
                name,
                "a length of time such as 90s, 30m, 2h or 7d, from \(shortest) to \(RequestLimits.lease.upperBound)"
            )
        }
        return span
    }

    fileprivate func runID(_ name: String) throws(APIError) -> RunID? {
        guard let written = try text(name) else { return nil }
        guard let id = RunID(checking: written) else {
            throw bad(name, "a run's id: 1 to \(RequestLimits.runIDCharactersMax) of a-z and 0-9")
        }
        return id
    }

    fileprivate func environment(_ name: String) throws(APIError) -> [String: String] {
        guard let entries = try member(name, known: nil) else { return [:] }
        guard entries.names.count <= RequestLimits.environmentEntriesMax else {
            throw bad(name, "at most \(RequestLimits.environmentEntriesMax) entries")
        }
        var environment: [String: String] = [:]
        for variable in entries.names {
            guard isEnvironmentName(variable) else {
                throw entries.bad(variable, "a name of letters, digits and _, not beginning with a digit")
            }
            let value = try entries.required(entries.text(variable), variable)
            guard value.utf8.count <= RequestLimits.environmentValueBytesMax, !value.utf8.contains(0) else {
                throw entries.bad(variable, "at most \(RequestLimits.environmentValueBytesMax) bytes and no NUL")
            }
            environment[variable] = value
        }
        return environment
    }
}

private func isEnvironmentName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.count <= RequestLimits.environmentNameCharactersMax
        && text.utf8.allSatisfy { isLowerAlphanumeric($0) || (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
}
