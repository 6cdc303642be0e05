import ControlAPI
import DCOS
import HTTPTransport
import Mesos
import Model
import Scheduler

/// Who we are to masters and agents: a service account, by the token that DC/OS gives it.
struct ServiceAccountAuthorization: Authorization {
    private static let scheme = "token="

    let tokens: ServiceAccountTokens

    func header() async throws(MesosError) -> String {
        do throws(DCOSError) {
            return Self.scheme + (try await tokens.token().reveal())
        } catch {
            throw .unauthenticated(error.fault)
        }
    }

    func refused(_ header: String) async -> Bool {
        await tokens.refused(Secret(String(header.dropFirst(Self.scheme.count))))
    }
}

/// Whose the tokens are that people come with.
struct ClusterUsers: UserDirectory {
    let tokens: UserTokens

    func user(presenting token: Secret) async -> UserVerdict {
        switch await tokens.verdict(on: token) {
        case .user(let name, let life): .user(name, for: life)
        case .unknown: .unknown
        case .unavailable(let why): .unavailable(why)
        }
    }
}

extension MesosClient.Credentials {
    /// `principal:secret`, as the configuration has checked it.
    init(line: Secret) {
        let parts = line.reveal().split(separator: ":", maxSplits: 1)
        self.init(principal: String(parts[0]), secret: Secret(String(parts[1])))
    }
}

extension SchedulerConfiguration {
    /// Of the IAM, where the credential does not say.
    private static let loginPath = "/acs/api/v1/auth/login"

    /// Who we are to masters and agents; nil for nobody in particular.
    ///
    /// - Parameter http: for logins; nothing is sent yet.
    /// - Returns: a service account's, or name and password.
    /// - Throws: ``DCOSError``.
    func authorization(_ http: HTTPClient) throws -> (any Authorization)? {
        if let account = serviceAccount {
            let tokens = try ServiceAccountTokens(
                account,
                endpoint: dcosURL.map { ClusterURL.below($0, Self.loginPath) },
                http: http,
                surroundings: .init(now: Self.evenClock(), draw: { Double.random(in: 0..<1) })
            )
            return ServiceAccountAuthorization(tokens: tokens)
        }
        return mesosCredentials.map { BasicAuthorization(MesosClient.Credentials(line: $0)) }
    }

    /// Pauses are measured by it, and tokens' ends: a wall clock that is set would make the ones long and the others wrong.
    private static func evenClock() -> @Sendable () -> Instant {
        let clock = EvenClock(systemClock())
        return { clock.now() }
    }

    /// True where whoever is spoken to has a certificate: then agents have one too.
    var isClusterSecure: Bool { masters.isSecure }

    /// Who of the cluster's people may call; nil for none.
    ///
    /// - Throws: ``DCOSError``.
    func userAccess(_ http: HTTPClient) throws -> UserAccess? {
        guard let users, let dcosURL else { return nil }
        let tokens = try UserTokens(url: dcosURL, http: http, now: Self.evenClock())
        return UserAccess(directory: ClusterUsers(tokens: tokens), roles: users)
    }
}
