import SeededRandom
import SeededRandom
import Testing

@testable import LocalCluster

@Suite("The local master's own wire format")
struct MasterWireTests {
    @Test("no bytes make the reader of calls crash or stall")
    func fuzz() throws {
        var random = SplitMix64(seed: 7)
        let seeds = try ["10-launch-group/02-accept", "20-image-and-volume/02-accept"].map {
            try Self.body("mesos/\($0).request")
        }
        var taken = 0
        for seed in seeds {
            #expect(throws: Never.self) { _ = try MasterCall(seed) }
            for _ in 0..<400 {
                var bytes = seed
                for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                    let at = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[at] = .random(in: .min ... .max, using: &random)
                    case 1: bytes.remove(at: at)
                    case 2: bytes.insert(.random(in: .min ... .max, using: &random), at: at)
                    default: bytes = Array(bytes.prefix(at))
                    }
                }
                do throws(MasterCall.Invalid) {
                    _ = try MasterCall(bytes)
                    taken += 1
                } catch {
                    #expect(!error.text.isEmpty)
                }
            }
        }
        #expect(taken > 0)
    }

    @Test("amounts and times that no host has are cut to size")
    func extremes() throws {
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1, -0.0] {
            let resource = try #require(
                ProtoMessage(
                    TestWire { resource in
                        resource.text(1, "cpus")
                        resource.message(3) { $0.double(1, value) }
                    }.bytes
                )
            )
            let amount = ResourceAmount([resource, resource, resource])
            #expect(amount.cpus >= 0)
            _ = amount + amount - amount
        }
        for nanoseconds in [UInt64.max, .min, 1 << 63, (1 << 63) - 1] {
            let policy = try #require(
                ProtoMessage(TestWire { $0.message(1) { $0.number(1, nanoseconds) } }.bytes)
            )
            let grace = try #require(graceSeconds(policy))
            _ = Duration.seconds(grace)
            #expect(grace >= 0)
        }
    }

    @Test("ranges of ports are added, taken away and merged")
    func ports() {
        var all = ResourceAmount()
        all.ports = [100...110]
        var some = ResourceAmount()
        some.ports = [104...105]
        #expect((all - some).ports == [100...103, 106...110])
        #expect((all - some + some).ports == [100...110])
        #expect(all.contains(some))
        #expect(!(all - some).contains(some))
    }

    /// The body of a recorded request.
    private static func body(_ path: String) throws -> [UInt8] {
        let bytes = try fixture(path)
        let end = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
        return Array(bytes[(end + 4)...])
    }
}
