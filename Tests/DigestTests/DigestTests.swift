import Digest
import Model
import PasswordHash
import Testing

@Suite("Digests")
struct DigestTests {
    @Test(
        "SHA-256 is the standard's",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func vectors(_ text: String, _ digest: String) {
        #expect(SHA256.hex(of: Array(text.utf8)) == digest)
    }

    @Test("a million letters, in pieces of every size, are the same")
    func pieces() {
        let wanted = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        for size in [1, 63, 64, 65, 1_000] {
            var digest = SHA256()
            var left = 1_000_000
            while left > 0 {
                digest.update([UInt8](repeating: UInt8(ascii: "a"), count: min(size, left)))
                left -= size
            }
            #expect(digest.hex() == wanted, "\(size)")
        }
    }

    @Test("HMAC is RFC 4231's, for a short key and for one that is longer than a block")
    func hmac() {
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let two = HMAC.sha256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(hex(two) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let text = "Test Using Larger Than Block-Size Key - Hash Key First"
        let six = HMAC.sha256(Array(text.utf8), key: [UInt8](repeating: 0xAA, count: 131))
        #expect(hex(six) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }
}

@Suite("Passwords as Cassandra keeps them")
struct SaltedHashTests {
    @Test("a hash knows its password, and no other")
    func matches() throws {
        let hash = try #require(SaltedHash.of(Secret("s3cret")))
        #expect(hash.hasPrefix("$2a$04$") && hash.utf8.count == 60)
        #expect(SaltedHash.matches(Secret("s3cret"), hash))
        #expect(!SaltedHash.matches(Secret("s3creT"), hash))
        #expect(try hash != #require(SaltedHash.of(Secret("s3cret"))), "each has a salt of its own")
    }

    @Test("a wrong password is wrong, however many are tried: each byte of the hash counts")
    func wrong() throws {
        let hash = try #require(SaltedHash.of(Secret("s3cret")))
        for number in 0..<300 { #expect(!SaltedHash.matches(Secret("s3cret\(number)"), hash), "\(number)") }
    }

    @Test("a hash that Cassandra made is read")
    func foreign() {
        // Of `cassandra`, by Python's bcrypt with the prefix 2a.
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"
        #expect(!SaltedHash.matches(Secret("cassandra"), hash))
        #expect(SaltedHash.matches(Secret(""), hash), "from the tests of the first implementation")
    }

    @Test("what is no hash of this kind matches nothing", arguments: ["", "*", "$1$abc$def", "$2a$99$x", "plain"])
    func hostile(_ hash: String) {
        #expect(!SaltedHash.matches(Secret("plain"), hash))
    }

    @Test("a random password needs no quotes anywhere")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let one = RandomPassword.make(using: &generator).reveal()
        #expect(one.utf8.count == 24 && one != RandomPassword.make(using: &generator).reveal())
        #expect(one.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }
}
