import CQLClient

/// Whether CQL is spoken somewhere, by whomever.
enum Answering {
    /// Looks once.
    ///
    /// - Returns: nil when there is an answer, of which a demand for a login is one; otherwise why there is none.
    static func obstacle(at address: String, _ port: UInt16) -> String? {
        do {
            _ = try CQLConnection.open(host: address, port: port, timeoutSeconds: 4)
            return nil
        } catch { return error.code == .login ? nil : error.message }
    }
}
