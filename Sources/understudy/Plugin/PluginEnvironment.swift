import API
import ArgumentParser
import HTTPTransport
import Model

/// What the DC/OS CLI tells a plugin in its environment.
///
/// - Source: dcos/dcos-cli design/plugin.md; facts on DC/OS, §6.6.
struct PluginEnvironment {
    /// A DC/OS token is some hundred bytes; the rest is none.
    private static let tokenBytesMax = 8_192

    /// The cluster's address, `DCOS_URL`.
    let cluster: String
    /// The service's name.
    let name: String
    /// `DCOS_ACS_TOKEN`; nil on a cluster that nobody logs in to.
    let token: Secret?
    /// `DCOS_TLS_CA_PATH`; nil for the system's authorities.
    let caFile: String?
    /// False with `DCOS_TLS_INSECURE=1`.
    let verifiesPeer: Bool

    /// - Parameters:
    ///   - call: may have the service's name.
    ///   - variable: a variable by its name, nil when it is not set or empty.
    /// - Throws: `ValidationError`, which names the variable and, of the token, never what is in it.
    init(_ call: PluginCall, _ variable: (String) -> String?) throws {
        guard let cluster = variable("DCOS_URL") else {
            throw ValidationError(
                "DCOS_URL is not set, so no cluster is known: 'dcos cluster setup URL' and 'dcos auth login' come first, "
                    + "with a DC/OS CLI of 0.7 or newer"
            )
        }
        let (place, given) =
            call.name.map { ("--name", $0) }
            ?? variable("DCOS_UNDERSTUDY_SERVICE_NAME").map { ("DCOS_UNDERSTUDY_SERVICE_NAME", $0) }
            ?? ("--name", "understudy")
        guard let name = ServiceRoute.name(given) else {
            throw ValidationError("\(place): a service's name is \(Setting.name.form), not '\(given.prefix(80))'")
        }
        self.cluster = cluster
        self.name = name
        token = try variable("DCOS_ACS_TOKEN").map(Self.checked)
        verifiesPeer = variable("DCOS_TLS_INSECURE") != "1"
        caFile = verifiesPeer ? variable("DCOS_TLS_CA_PATH") : nil
    }

    private static func checked(_ token: String) throws -> Secret {
        guard token.utf8.count <= tokenBytesMax, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("DCOS_ACS_TOKEN: holds no token; 'dcos auth login' gets a new one")
        }
        return Secret(token)
    }

    /// A client of the service; says so when the cluster's certificate is not looked at.
    func client() throws -> APIClient {
        if !verifiesPeer, cluster.lowercased().hasPrefix("https:") {
            Output.standardError.line(
                "understudy: the cluster's certificate is not verified (DCOS_TLS_INSECURE=1): whoever is in between reads "
                    + "the token; 'dcos cluster setup' with --ca-certs mends it"
            )
        }
        let route = ServiceRoute(name: name, control: InterruptibleClock()) {
            Output.standardError.line("understudy: \($0)")
        }
        let http = try HTTPClient(HTTPConfiguration(caFile: caFile, verifiesPeer: verifiesPeer))
        return try APIClient(cluster: cluster, http: http, token: token, route: route)
    }
}
