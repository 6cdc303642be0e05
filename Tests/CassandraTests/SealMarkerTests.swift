import Cassandra
import Model
import Testing

@Suite("What sealing leaves in a clone")
struct SealMarkerTests {
    private static let digest = String(repeating: "0123456789abcdef", count: 4)
    private static let keeper = SealMarker.Keeper(name: "understudy_keeper_1", password: Secret("pA55w0rd"))

    private func marker(_ terms: SealMarker.Terms? = nil) -> SealMarker {
        SealMarker(
            clusterName: "ci-abc",
            ring: 3,
            keyspaces: [
                .init(name: "a b", replication: "dc 1 3", complete: false),
                .init(name: "c", replication: "x", complete: nil), .init(name: "d", replication: "", complete: true),
            ],
            terms: terms
        )
    }

    @Test("is read as it was written, and as helpers of before read it where somebody was let in")
    func roundTrip() {
        var written = marker()
        written.keyspaces[0].replication = "dc\t1 3"
        #expect(SealMarker(written.text) == marker())
        #expect(written.text.hasPrefix("understudy seal 1\ncluster\tci-abc\nring\t3\nkeyspace\ta b\tfalse\tdc 1 3\n"))
    }

    @Test("has the terms of a volume that nobody was let into", arguments: [nil, digest], [nil, keeper])
    func terms(_ mask: String?, _ keeper: SealMarker.Keeper?) {
        for login in [BootOrder.Login.Kind.none, .run, .production] {
            let marker = marker(.init(mask: mask, login: login, keeper: keeper))
            #expect(marker.text.hasPrefix("understudy seal 2\n"))
            #expect(SealMarker(marker.text) == marker)
        }
    }

    @Test("shows a password to nobody but its reader")
    func secret() {
        let marker = marker(.init(mask: nil, login: .run, keeper: Self.keeper))
        var dumped = ""
        dump(marker, to: &dumped)
        for text in ["\(marker)", String(reflecting: marker), dumped] { #expect(!text.contains("pA55w0rd"), "\(text)") }
        #expect(marker.text.contains("keeper\tunderstudy_keeper_1\tpA55w0rd\n"))
    }

    @Test(
        "is none where it is another's: production is not called ci-…",
        arguments: [
            "", "understudy seal 1", "understudy seal 1\ncluster\tproduction\nring\t1\n",
            "understudy seal 1\ncluster\tci-a b\nring\t1\n", "understudy seal 1\ncluster\tci-a\nring\t0\n",
            "understudy seal 2\ncluster\tci-a\nring\t1\n", "understudy seal 1\ncluster\tci-a\nring\t1\nx\ty\n",
            "understudy seal 3\ncluster\tci-a\nring\t1\n",
            "understudy seal 1\ncluster\tci-a\nring\t1\nmask\tnone\nlogin\tnone\n",
        ]
    )
    func hostile(_ text: String) {
        #expect(SealMarker(text) == nil)
    }

    @Test(
        "is none where its terms are: a keeper is no role of production's, and nothing comes twice",
        arguments: [
            "mask\tnone", "login\trun", "login\trun\nmask\tnone", "mask\t\nlogin\trun", "mask\tabc\nlogin\trun",
            "mask\t\(digest.uppercased())\nlogin\trun", "mask\tnone\nlogin\tperhaps",
            "mask\tnone\nlogin\trun\nkeeper\tcassandra\tx", "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1",
            "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1\t",
            "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1'\tx",
            "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1\ta b",
            "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1\tx\ty",
            "mask\tnone\nlogin\trun\nkeeper\tunderstudy_keeper_1\tx\nkeeper\tunderstudy_keeper_2\tx",
            "mask\tnone\nlogin\trun\nkeyspace\ta\ttrue\tx\nkeeper\tunderstudy_keeper_1\tx",
        ]
    )
    func hostileTerms(_ lines: String) {
        #expect(SealMarker("understudy seal 2\ncluster\tci-a\nring\t1\n\(lines)\n") == nil)
    }

    @Test("serves the order that asks for what it was sealed for, and no other")
    func serves() throws {
        let role = BootOrder.Role(name: "ci_abc", saltedHash: "$2a$04$salt")
        let marker = marker(.init(mask: Self.digest, login: .run, keeper: Self.keeper))
        let told = try order(login: .run(role))
        #expect(marker.serves(told, mask: Self.digest))
        #expect(!marker.serves(told, mask: nil), "another mask")
        #expect(!self.marker().serves(told, mask: nil), "somebody was let in")
        let changes: [(inout BootOrder) -> Void] = [
            { $0.clusterName = "ci-def" }, { $0.login = .none }, { $0.login = .production(role) },
            { $0.inspects = true }, { $0.seals = true },
            { $0.ring = .init(place: 0, addresses: ["10.0.0.7", "10.0.0.8"]) },
        ]
        for change in changes {
            var other = told
            change(&other)
            #expect(!marker.serves(other, mask: Self.digest), "\(other)")
        }
        var alone = marker
        alone.terms?.keeper = nil
        #expect(!alone.serves(told, mask: Self.digest), "nobody could let the run in")
        alone.terms?.login = .none
        #expect(alone.serves(try order(), mask: Self.digest), "nobody has to")
    }
}
