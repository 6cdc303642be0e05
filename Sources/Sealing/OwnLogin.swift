import CQLClient
import Cassandra
import Model
import PasswordHash

/// A login of the helper's own, which is taken away before the copy is anybody's.
struct OwnLogin {
    /// What it is made for.
    enum Purpose {
        /// Reads the copy back over its published port.
        case verifier
        /// Lets a run's role into a clone of a volume that was sealed without one.
        case keeper
    }

    let role: BootOrder.Role
    let login: CQLLogin

    /// A new one, of a name and with a password that nobody has.
    ///
    /// - Throws: `loginRefused` when there is no hash to be had.
    init(_ purpose: Purpose, _ generator: inout SystemRandomNumberGenerator) throws(SealFailure) {
        let number = UInt64.random(in: .min ... .max, using: &generator)
        let prefix =
            switch purpose {
            case .verifier: "understudy_verifier_"
            case .keeper: SealMarker.Keeper.prefix
            }
        try self.init("\(prefix)\(number)", RandomPassword.make(using: &generator))
    }

    /// The one that a volume was left with.
    ///
    /// - Throws: as above.
    init(_ keeper: SealMarker.Keeper) throws(SealFailure) { try self.init(keeper.name, keeper.password) }

    private init(_ name: String, _ password: Secret) throws(SealFailure) {
        guard let hash = SaltedHash.of(password) else { throw SealFailure(.loginRefused, "libcrypt makes no hash") }
        role = BootOrder.Role(name: name, saltedHash: hash)
        login = CQLLogin(user: name, password: password)
    }

    /// As a marker has it.
    var keeper: SealMarker.Keeper { SealMarker.Keeper(name: login.user, password: login.password) }
}
