import FoundationEssentials
import JWTKit
import Model

/// An account of a service, as DC/OS hands it over: a name, and the key that proves it.
///
/// - Source: DC/OS's IAM API, `/auth/login`.
public struct ServiceAccount: Sendable, CustomStringConvertible, CustomReflectable {
    /// Of the whole credential; a key of 4,096 bits has some 3 KiB.
    public static let bytesMax = 64 * 1_024
    private static let uidBytes = 1...200

    /// The account's name, which is the Mesos principal as well.
    public let uid: String
    /// Where to log in; nil when the credential does not say.
    public let loginEndpoint: String?
    let key: Insecure.RSA.PrivateKey

    private struct Document: Decodable {
        var uid: String
        var scheme: String
        var key: String
        var endpoint: String?

        enum CodingKeys: String, CodingKey {
            case uid, scheme
            case key = "private_key"
            case endpoint = "login_endpoint"
        }
    }

    /// Reads `{"uid": …, "scheme": "RS256", "private_key": PEM, "login_endpoint": URL}`.
    ///
    /// - Parameter credential: the JSON.
    /// - Throws: `dcos.bad_credential`, naming the field and nothing of its value.
    public init(credential: [UInt8]) throws(DCOSError) {
        guard credential.count <= Self.bytesMax else {
            throw Self.bad("it has more than \(Self.bytesMax) bytes")
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(credential))
        } catch let error as DecodingError {
            throw Self.bad(Self.reason(error))
        } catch {
            throw Self.bad("it is no JSON object")
        }
        guard Self.uidBytes.contains(document.uid.utf8.count),
            document.uid.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Self.bad("uid has to be \(Self.uidBytes.lowerBound) to \(Self.uidBytes.upperBound) of visible ASCII")
        }
        guard document.scheme == "RS256" else { throw Self.bad("scheme has to be RS256") }
        if let endpoint = document.endpoint, !ClusterURL.isGood(endpoint) {
            throw Self.bad("login_endpoint has to be http(s)://HOST…, without a login in it")
        }
        uid = document.uid
        loginEndpoint = document.endpoint
        do {
            key = try Insecure.RSA.PrivateKey(pem: document.key)
        } catch {
            // The library's words may hold a part of what it could not read.
            throw Self.bad("private_key has to be an RSA key of 2,048 bits or more, as PEM")
        }
    }

    /// The account's name.
    public var description: String { uid }
    /// Shows no child, so that `dump` prints nothing of the key.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func bad(_ what: String) -> DCOSError {
        DCOSError(.badCredential, "the service account's credential cannot be used: \(what)")
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.last.map { "\($0.stringValue) has to be a text" } ?? "it is no JSON object"
        case .dataCorrupted: "it is no JSON"
        @unknown default: "it is no JSON object"
        }
    }
}
