import ControlAPI
import DCOS
import FoundationEssentials
import Glibc
import Model

/// Who we are to the cluster, and who others are to us.
extension SchedulerConfiguration {
    /// As DC/OS' packages hand over a service account; the JSON itself, or a file's path.
    private static let accountVariable = "DCOS_SERVICE_ACCOUNT_CREDENTIAL"

    static func serviceAccount(_ reader: inout SettingReader) -> ServiceAccount? {
        guard let credential = accountCredential(&reader) else { return nil }
        do throws(DCOSError) {
            return try ServiceAccount(credential: Array(credential.reveal().utf8))
        } catch {
            reader.refuse(.serviceAccount, "cannot be used: \(error.message)")
            return nil
        }
    }

    private static func accountCredential(_ reader: inout SettingReader) -> Secret? {
        let given = reader.path(.serviceAccount, or: accountVariable, exists: exists)
        guard let given else { return nil }
        if given.hasPrefix("{") { return Secret(given) }
        return content(of: given, .serviceAccount, bytesMax: ServiceAccount.bytesMax, &reader)
    }

    static func clusterAddress(_ reader: inout SettingReader) -> String? {
        guard let address = address(.dcosURL, &reader) else { return nil }
        if !ClusterURL.isGood(address) {
            reader.refuse(.dcosURL, "has to be \(Setting.dcosURL.form), without a query or a fragment")
        }
        return address
    }

    static func users(_ reader: inout SettingReader) -> UserRoles? {
        guard let text = reader.raw(.users) else { return nil }
        do throws(ControlAPIError) {
            return try UserRoles(parsing: text)
        } catch {
            reader.refuse(.users, "has to be \(Setting.users.form): \(error.message)")
            return nil
        }
    }

    /// Who may call, said in ways that go together.
    static func checkCallers(
        opens: Bool,
        tokens: String?,
        users: UserRoles?,
        dcosURL: String?,
        _ reader: inout SettingReader
    ) {
        if opens, tokens != nil {
            reader.refuse(.insecureNoAuth, "asks nobody for a token, --tokens asks everybody; give one of the two")
        }
        if opens, users != nil {
            reader.refuse(.insecureNoAuth, "asks nobody who they are, --users does; give one of the two")
        }
        if users != nil, dcosURL == nil {
            reader.refuse(.dcosURL, "is needed with --users: nobody else knows whose a token is")
        }
    }

    /// Who we are, said in ways that go together.
    static func checkPrincipal(
        _ principal: String?,
        _ credentials: Secret?,
        _ account: ServiceAccount?,
        dcosURL: String?,
        _ reader: inout SettingReader
    ) {
        if let credentials, let principal, !credentials.reveal().hasPrefix("\(principal):") {
            reader.refuse(.principal, "has to be that of --mesos-credentials: Mesos takes no other")
        }
        guard let account else { return }
        if credentials != nil {
            reader.refuse(.mesosCredentials, "are for plain Mesos, --service-account for DC/OS; give one of the two")
        }
        if let principal, principal != account.uid {
            reader.refuse(.principal, "has to be the service account's name, \(account.uid): Mesos takes no other")
        }
        if account.loginEndpoint == nil, dcosURL == nil {
            reader.refuse(.dcosURL, "is needed: the service account's credential names no login_endpoint")
        }
    }
}
