public import Model

extension SealMarker {
    /// What a volume was sealed for that nobody was let into since: an order that asks for the same is served in one boot.
    ///
    /// Its lines: `mask SHA-256` or `mask none`, `login none|run|production`, `keeper NAME PASSWORD`, of which the last may be
    /// missing.
    public struct Terms: Hashable, Sendable {
        /// SHA-256 of the mask that ran, in lower-case hexadecimal; nil for none.
        public var mask: String?
        /// Who is to log in.
        public var login: BootOrder.Login.Kind
        /// nil where nobody logs in.
        public var keeper: Keeper?

        /// Wraps the three.
        public init(mask: String?, login: BootOrder.Login.Kind, keeper: Keeper?) {
            self.mask = mask
            self.login = login
            self.keeper = keeper
        }
    }

    /// A login of the helper's own, which lets a run's role in and is taken away then.
    public struct Keeper: Hashable, Sendable {
        /// What its name begins with: no marker can name another role.
        public static let prefix = "understudy_keeper_"

        /// Of `[a-z0-9_]`.
        public var name: String
        /// Stands in the marker, and nowhere else.
        public var password: Secret

        /// Wraps both.
        public init(name: String, password: Secret) {
            self.name = name
            self.password = password
        }
    }

    /// Whether an order can be served from the volume as it is.
    ///
    /// - Parameters:
    ///   - order: for one node, which is to be published.
    ///   - mask: SHA-256 of the order's, in lower-case hexadecimal; nil for none.
    /// - Returns: false where it has to be sealed anew.
    public func serves(_ order: BootOrder, mask: String?) -> Bool {
        guard let terms, order.ring == nil, !order.inspects, !order.seals else { return false }
        return clusterName == order.clusterName && terms.mask == mask && terms.login == order.login.kind
            && (terms.keeper != nil) == (order.login.role != nil)
    }
}

extension SealMarker.Terms {
    /// nil where the next lines are none.
    init?(_ lines: inout SealMarker.Lines) {
        guard let mask = lines.take("mask", 1)?.first, mask == Self.noMask || Self.isDigest(mask),
            let word = lines.take("login", 1)?.first, let login = BootOrder.Login.Kind(rawValue: word)
        else { return nil }
        self.init(mask: mask == Self.noMask ? nil : mask, login: login, keeper: nil)
        guard let fields = lines.take("keeper", 2) else { return }
        let isPassword = !fields[1].isEmpty && fields[1].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard fields[0].hasPrefix(SealMarker.Keeper.prefix), BootOrder.Role.isName(fields[0]), isPassword else {
            return nil
        }
        keeper = SealMarker.Keeper(name: fields[0], password: Secret(fields[1]))
    }

    /// Parted into fields.
    var lines: [[String]] {
        let keeper = keeper.map { [["keeper", $0.name, $0.password.reveal()]] } ?? []
        return [["mask", mask ?? Self.noMask], ["login", login.rawValue]] + keeper
    }

    private static let noMask = "none"

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}
