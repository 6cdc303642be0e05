/// Why the control API cannot be served.
public struct ControlAPIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name, `control_api.snake_case`; equality in tests is by this.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// With the module's name in front.
        public let description: String
        init(_ name: String) { description = "control_api.\(name)" }

        /// A host beyond this machine, without leave.
        public static let hostNotPermitted = Self("host_not_permitted")
        /// A tokens file that cannot be used.
        public static let badTokens = Self("bad_tokens")
        /// Roles of users that cannot be read.
        public static let badUsers = Self("bad_users")
        /// A helper that cannot be served.
        public static let badHelper = Self("bad_helper")
        /// A port outside 0…65535.
        public static let badPort = Self("bad_port")
        /// The address is in use, not ours, or not known.
        public static let cannotListen = Self("cannot_listen")
        /// `run` was called a second time.
        public static let runsOnce = Self("runs_once")
    }

    /// The stable name.
    public var code: Code
    /// For people.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// The code alone, for labels.
    public var shortDescription: String { code.description }
}
