import Glibc

/// What all requests of one client share.
public struct HTTPConfiguration: Sendable {
    /// A PEM file with the only authorities to trust; nil for the system's.
    public var caFile: String?
    /// False to speak TLS with whoever answers, who may then read and change everything.
    ///
    /// For callers whose user has asked for just that, and is told each time.
    public var verifiesPeer: Bool
    /// The most connections to one host and port, at least 1; further requests wait.
    ///
    /// A stream holds one for itself.
    public var connectionsPerHost: Int
    /// Sent when a request brings no `User-Agent` of its own; empty for none.
    public var userAgent: String

    /// A configuration.
    ///
    /// - Parameters:
    ///   - caFile: a PEM file with the only authorities to trust.
    ///   - verifiesPeer: by default true: peer and host name are verified.
    ///   - connectionsPerHost: by default 8, enough for control traffic beside a few streams.
    ///   - userAgent: sent with each request.
    public init(
        caFile: String? = nil,
        verifiesPeer: Bool = true,
        connectionsPerHost: Int = 8,
        userAgent: String = "understudy"
    ) {
        self.caFile = caFile
        self.verifiesPeer = verifiesPeer
        self.connectionsPerHost = connectionsPerHost
        self.userAgent = userAgent
    }

    /// Refuses what would fail with every request.
    func check() throws(HTTPError) {
        guard connectionsPerHost >= 1, connectionsPerHost <= Self.connectionsPerHostMax else {
            throw refusal("connections per host must be 1…\(Self.connectionsPerHostMax), not \(connectionsPerHost)")
        }
        guard RequestCheck.isFieldValue(userAgent) else {
            throw refusal("the user agent holds a control character")
        }
        if let caFile {
            guard !caFile.utf8.contains(0), access(caFile, R_OK) == 0 else {
                throw refusal("the CA file \(caFile) cannot be read")
            }
        }
    }

    /// More is a mistake: each is a file descriptor here and a thread or more at the peer.
    private static let connectionsPerHostMax = 1024

    private func refusal(_ message: String) -> HTTPError { HTTPError(.badConfiguration, message, retry: .never) }
}
