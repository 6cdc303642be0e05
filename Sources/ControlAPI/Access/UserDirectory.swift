public import Model

/// What is known of a person's token.
public enum UserVerdict: Hashable, Sendable {
    /// Theirs, for so long as far as is known now.
    case user(String, for: Span)
    /// Nobody's.
    case unknown
    /// Nobody could be asked; why.
    case unavailable(String)
}

/// Knows people by the tokens of the cluster that they come through: `Authorization: token=…`.
public protocol UserDirectory: Sendable {
    /// Whose a token is.
    func user(presenting token: Secret) async -> UserVerdict
}

/// What people may do, by their names: `alice@example.com=admin,*=view`.
public struct UserRoles: Hashable, Sendable {
    private let roles: [String: AccessRole]
    private let others: AccessRole?

    /// Reads entries `NAME=ROLE` with commas between, each name once; `*` is everybody else.
    ///
    /// - Throws: `control_api.bad_users`, naming the entry.
    public init(parsing text: String) throws(ControlAPIError) {
        var roles: [String: AccessRole] = [:]
        for entry in text.split(separator: ",") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix { $0 == " " }) }
            guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
                let role = AccessRole(rawValue: parts[1])
            else {
                let roles = AccessRole.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlAPIError(.badUsers, "\(entry.prefix(80)) has to be NAME=ROLE, a role one of \(roles)")
            }
            guard roles.updateValue(role, forKey: parts[0]) == nil else {
                throw ControlAPIError(.badUsers, "\(parts[0].prefix(80)) is there twice")
            }
        }
        others = roles.removeValue(forKey: "*")
        self.roles = roles
    }

    /// What a person may do; nil for nothing.
    public func role(of user: String) -> AccessRole? { roles[user] ?? others }
}

/// Who of the cluster's people may call, and how they are known.
public struct UserAccess: Sendable {
    let directory: any UserDirectory
    let roles: UserRoles

    /// Wraps both.
    public init(directory: any UserDirectory, roles: UserRoles) {
        self.directory = directory
        self.roles = roles
    }
}
