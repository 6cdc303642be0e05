import CZooKeeper

/// Why a call to ZooKeeper came to nothing, by the number that libzookeeper gives it.
struct ZooKeeperFault: Error, Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32) { self.code = code }

    init(_ error: ZOO_ERRORS) { code = error.rawValue }

    static let noNode = ZooKeeperFault(ZNONODE)
    static let nodeExists = ZooKeeperFault(ZNODEEXISTS)
    static let notEmpty = ZooKeeperFault(ZNOTEMPTY)
    static let badVersion = ZooKeeperFault(ZBADVERSION)
    static let noAuth = ZooKeeperFault(ZNOAUTH)
    static let expired = ZooKeeperFault(ZSESSIONEXPIRED)
    static let closing = ZooKeeperFault(ZCLOSING)

    /// True when nobody knows whether the server has done it, or it never heard of it: the connection is gone.
    var isUncertain: Bool {
        [ZCONNECTIONLOSS, ZOPERATIONTIMEOUT, ZSESSIONMOVED, ZTHROTTLEDOP].contains { $0.rawValue == code }
    }

    /// True when the session is over, or about to be: how it stands tells which.
    var isOfSession: Bool {
        [ZSESSIONEXPIRED, ZAUTHFAILED, ZCLOSING, ZINVALIDSTATE].contains { $0.rawValue == code }
    }

    /// True when the server has answered what it was asked, whatever it said.
    var isAnswer: Bool { code <= ZAPIERROR.rawValue && !isUncertain && !isOfSession }

    /// In the library's words.
    var description: String { "\(String(cString: zerror(code))) (\(code))" }
}
