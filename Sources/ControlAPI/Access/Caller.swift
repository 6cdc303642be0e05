/// What a token allows; each role may do what those before it may.
public enum AccessRole: String, Hashable, Comparable, CaseIterable, Sendable {
    /// To look.
    case view
    /// To ask for runs, to change and to end any.
    case run
    /// Everything.
    case admin

    /// The lesser role is the smaller.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .view: 0
        case .run: 1
        case .admin: 2
        }
    }
}

/// Who asks.
public struct Caller: Hashable, Sendable {
    /// The name of the token, `[a-z0-9-]`, or the uid of the cluster's user; nil when nobody is asked for one.
    public var name: String?
    /// What it may do.
    public var role: AccessRole
    /// How many runs of this token may be under way at once; nil for no limit of its own.
    public var runs: Int?

    /// Wraps the three.
    public init(name: String?, role: AccessRole, runs: Int? = nil) {
        self.name = name
        self.role = role
        self.runs = runs
    }

    /// Whoever reaches a server that has no tokens.
    public static let anyone = Caller(name: nil, role: .admin)
}
