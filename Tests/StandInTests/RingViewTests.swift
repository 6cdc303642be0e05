import CQL
import Testing

@testable import StandIn

extension RingMember {
    /// Somebody with one token.
    static func sample(_ address: String = "127.0.0.77", token: Int64 = 42) throws -> RingMember {
        let address = try #require(IPv4Address(address))
        return RingMember(
            hostID: UUIDSource().random(),
            address: address,
            clients: address,
            dataCenter: "dc1",
            rack: "r1",
            releaseVersion: "3.11.11",
            schemaVersion: UUIDSource().random(),
            tokens: [token]
        )
    }
}

@Suite("What a node knows of its ring")
struct RingViewTests {
    private func place(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }

    /// The view of a node at 127.0.0.1 that tells others of 127.0.0.9, whose seed it is itself.
    private func view(seeds: [String] = ["127.0.0.1"]) throws -> RingView {
        let own = try RingMember.sample("127.0.0.9", token: 1)
        let addresses = NodeAddresses(
            listen: try place("127.0.0.1"),
            broadcast: own.address,
            clients: own.address,
            seeds: try seeds.map(place)
        )
        return RingView(clusterName: "guestbook", own: own, at: addresses)
    }

    private func said(
        _ member: RingMember,
        name: String = "guestbook",
        heardFrom: [IPv4Address] = []
    ) -> GossipMessage { GossipMessage(clusterName: name, content: .member(member, heardFrom: heardFrom)) }

    @Test("it speaks to its seeds but not to itself, to whom it hears, and to whom a member has heard from")
    func contacts() throws {
        var view = try view(seeds: ["127.0.0.1", "127.0.0.2", "127.0.0.9"])
        #expect(view.contacts == [try place("127.0.0.2")])
        let member = try RingMember.sample("127.0.0.3")
        let more = try ["127.0.0.1", "127.0.0.4", "127.0.0.9"].map(place)
        #expect(view.hear(said(member, heardFrom: more)) == .learnt(member))
        #expect(view.contacts == Set(try ["127.0.0.2", "127.0.0.3", "127.0.0.4"].map(place)))
        #expect(view.message.content == .member(view.own, heardFrom: [member.address]), "hearsay is not passed on")
    }

    @Test("a question is nobody's, and so is what comes from an address that nobody or only itself can have")
    func ignored() throws {
        var view = try view()
        let question = GossipMessage(clusterName: "guestbook", content: .question(hostID: UUIDSource().random()))
        #expect(view.hear(question) == .ignored)
        for address in ["0.0.0.0", "239.1.2.3", "255.255.255.255", "127.0.0.1", "127.0.0.9"] {
            #expect(view.hear(said(try .sample(address))) == .ignored, "\(address)")
        }
        #expect(view.contacts == [])
    }

    @Test("a node of another name is not spoken to, not even when it was a member before")
    func otherName() throws {
        var view = try view()
        let member = try RingMember.sample()
        #expect(view.hear(said(member, name: "ci-1")) == .ignored)
        #expect(view.contacts == [])
        #expect(view.hear(said(member)) == .learnt(member))
        #expect(view.hear(said(member, name: "ci-1")) == .ignored)
        #expect(view.contacts == [])
        #expect(view.message.content == .member(view.own, heardFrom: []))
    }

    @Test("one that cannot be a member is refused once, told so, and nothing that it has heard is believed")
    func refused() throws {
        var view = try view()
        var twin = try RingMember.sample("127.0.0.5")
        twin.hostID = view.own.hostID
        let collision = "Host ID collision for \(twin.hostID) between /127.0.0.9 and /127.0.0.5"
        let hearsay = [try place("127.0.0.6")]
        #expect(view.hear(said(twin, heardFrom: hearsay)) == .refused(collision))
        #expect(view.hear(said(twin, heardFrom: hearsay)) == .ignored)
        var sharer = try RingMember.sample("127.0.0.5", token: 1)
        sharer.tokens.insert(2)
        let sameToken = "Nodes /127.0.0.9 and /127.0.0.5 have the same token"
        #expect(view.hear(said(sharer)) == .refused(sameToken))
        #expect(view.contacts == [twin.address])
        #expect(view.message.content == .member(view.own, heardFrom: []))
    }

    @Test("it knows of no more nodes than a message can name, whatever it hears")
    func limits() throws {
        var view = try view()
        let hearsay = try (1...64).map { try place("10.1.0.\($0)") }
        for number in 1...200 {
            let member = try RingMember.sample("10.0.0.\(number)")
            let verdict = view.hear(said(member, heardFrom: hearsay))
            #expect(verdict == (number <= RingView.nodesMax ? .learnt(member) : .ignored))
        }
        #expect(view.contacts.count == 2 * RingView.nodesMax)
        var texts = 0
        for number in 1...200 {
            // Forgotten by another name, and so room for the next.
            let address = "10.0.0.\(number <= 64 ? number : 64)"
            _ = view.hear(said(try .sample(address), name: "ci-1"))
            if case .refused = view.hear(said(try .sample("10.2.0.\(number)", token: 1))) { texts += 1 }
        }
        #expect(texts == RingView.nodesMax)
    }
}
