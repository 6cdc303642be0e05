import CQL
import SeededRandom
import Testing

@Suite("CQL frames")
struct FrameTests {
    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.filter { $0 != " " }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func decoded(_ bytes: [UInt8], _ direction: Frame.Direction) throws -> Frame {
        var decoder = FrameDecoder(direction)
        decoder.append(bytes)
        return try #require(try decoder.next())
    }

    /// Facts on Cassandra, §8: measured on 3.11.5.
    @Test("the bytes are those of a real Cassandra")
    func measured() throws {
        #expect(Request.options.frame(.v4, stream: 0).bytes == bytes("04 00 0000 05 00000000"))
        #expect(
            Request.startup(["CQL_VERSION": "3.0.0"]).frame(.v4, stream: 1).bytes
                == bytes("04 00 0001 01 00000016 0001 000b 43514c5f56455253494f4e 0005 332e302e30")
        )
        let truncate = Request.query("TRUNCATE system.peers", QueryParameters(consistency: .one))
        #expect(
            truncate.frame(.v4, stream: 1).bytes
                == bytes("04 00 0001 07 0000001c 00000015") + Array("TRUNCATE system.peers".utf8) + bytes("0001 00")
        )
        #expect(try Response(try decoded(bytes("84 00 0001 02 00000000"), .response)) == .ready)
        #expect(try Response(try decoded(bytes("84 00 0001 08 00000004 00000001"), .response)) == .result(.void))
        let authenticator = "org.apache.cassandra.auth.PasswordAuthenticator"
        let authenticate = bytes("84 00 0001 03 00000031 002f") + Array(authenticator.utf8)
        #expect(try Response(try decoded(authenticate, .response)) == .authenticate(authenticator))
    }

    @Test("frames come out whole and in order, however the bytes are cut")
    func cut() throws {
        for seed in 1...100 as ClosedRange<UInt64> {
            var messages = RandomMessages(seed: seed)
            let frames = messages.requests().enumerated().map { $1.frame(.v4, stream: Int16($0)) }
            var rest = frames.flatMap(\.bytes)[...]
            var decoder = FrameDecoder(.request)
            var read: [Frame] = []
            while !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 1...30, using: &messages.random))
                decoder.append(rest.prefix(count))
                rest = rest.dropFirst(count)
                while let frame = try decoder.next() { read.append(frame) }
            }
            #expect(read == frames)
            #expect(!decoder.isAmidFrame)
        }
    }

    @Test("a version that is not spoken is refused with its stream, so that it can be answered")
    func version() {
        var decoder = FrameDecoder(.request)
        decoder.append(bytes("42 00 0007 05 00000000"))
        let error = CQLError(.version, "protocol version 66 is not spoken here, 3 and 4 are")
        #expect(throws: error) { try decoder.next() }
        #expect(decoder.refused?.version == 66)
        #expect(decoder.refused?.stream == 7)
    }

    @Test("a body over the limit is refused by its head alone")
    func tooLarge() {
        var decoder = FrameDecoder(.request, bodyBytesMax: 1_000)
        decoder.append(bytes("04 00 0001 07 000003e9"))
        #expect(throws: CQLError(.tooLarge, "a body of 1001 bytes is over the limit of 1000")) { try decoder.next() }
    }

    @Test(
        "what has no place in a direction is refused",
        arguments: [
            "84 00 0000 05 00000000", "04 00 0000 06 00000000", "04 00 0000 7f 00000000", "04 01 0000 05 00000000",
        ]
    )
    func misplaced(hex: String) {
        var decoder = FrameDecoder(.request)
        decoder.append(bytes(hex))
        #expect(throws: CQLError.self) { try decoder.next() }
    }

    @Test("bytes by chance are frames or an error, never a crash")
    func noise() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<5_000 {
            var decoder = FrameDecoder(.request, bodyBytesMax: 64)
            decoder.append((0..<40).map { _ in UInt8.random(in: 0...9, using: &random) })
            // Ends: each frame takes bytes away, and an error ends the connection.
            while let frame = try? decoder.next() { #expect(frame.body.count <= 64) }
        }
    }
}
