import CZooKeeper

/// Why a call to ZooKeeper came to nothing, by the number that libzookeeper gives it.
package struct ZooKeeperFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32

    package init(_ code: Int32) { self.code = code }

    init(_ error: ZOO_ERRORS) { code = error.rawValue }

    package static let noNode = ZooKeeperFault(ZNONODE)
    package static let nodeExists = ZooKeeperFault(ZNODEEXISTS)
    package static let notEmpty = ZooKeeperFault(ZNOTEMPTY)
    package static let badVersion = ZooKeeperFault(ZBADVERSION)
    package static let noAuth = ZooKeeperFault(ZNOAUTH)
    package static let expired = ZooKeeperFault(ZSESSIONEXPIRED)
    package static let closing = ZooKeeperFault(ZCLOSING)

    /// True when nobody knows whether the server has done it, or it never heard of it: the connection is gone.
    package var isUncertain: Bool {
        [ZCONNECTIONLOSS, ZOPERATIONTIMEOUT, ZSESSIONMOVED, ZTHROTTLEDOP].contains { $0.rawValue == code }
    }

    /// True when the session is over, or about to be: how it stands tells which.
    package var isOfSession: Bool {
        [ZSESSIONEXPIRED, ZAUTHFAILED, ZCLOSING, ZINVALIDSTATE].contains { $0.rawValue == code }
    }

    /// True when the server has answered what it was asked, whatever it said.
    package var isAnswer: Bool { code <= ZAPIERROR.rawValue && !isUncertain && !isOfSession }

    /// In the library's words.
    package var description: String { "\(String(cString: zerror(code))) (\(code))" }
}
