import CQL
import SeededRandom
import Testing

@Suite("CQL messages")
struct MessageTests {
    /// What a frame says when it is read in the other's place; nil for one that is refused with an error of ours.
    private static func read(_ frame: Frame) -> (request: Request?, response: Response?)? {
        do throws(CQLError) {
            switch frame.opcode.direction {
            case .request: return (try Request(frame), nil)
            case .response: return (nil, try Response(frame))
            }
        } catch {
            #expect([.length, .value, .opcode].contains(error.code))
            return nil
        }
    }

    @Test("requests of every kind are read as they were meant, in v3 and v4", arguments: ProtocolVersion.allCases)
    func requests(version: ProtocolVersion) throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            var messages = RandomMessages(seed: seed)
            for request in messages.requests() {
                let frame = request.frame(version, stream: Int16.random(in: 0 ... .max, using: &messages.random))
                if version == .v3, request.hasUnset {
                    #expect(throws: CQLError.self) { try Request(frame) }
                } else {
                    let read = try Request(frame)
                    #expect(read == request)
                }
            }
        }
    }

    @Test("responses of every kind are read as they were meant, in v3 and v4", arguments: ProtocolVersion.allCases)
    func responses(version: ProtocolVersion) throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            var messages = RandomMessages(seed: seed)
            for response in messages.responses(version) {
                let read = try Response(response.frame(version, stream: -1))
                #expect(read == response)
            }
        }
    }

    @Test("a body cut short anywhere, or with something behind its end, is refused")
    func lengths() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var messages = RandomMessages(seed: seed)
            let frames =
                messages.requests().map { $0.frame(.v4, stream: 1) }
                + messages.responses(.v4).map { $0.frame(.v4, stream: 1) }
            for frame in frames {
                for count in frame.body.indices {
                    var short = frame
                    short.body = Array(frame.body.prefix(count))
                    // An error's own bytes have no end but the body's.
                    guard let read = Self.read(short) else { continue }
                    guard case .error(let error) = read.response else {
                        Issue.record("\(frame.opcode) of \(count) of \(frame.body.count) bytes was read")
                        continue
                    }
                    #expect(error.code == .unavailable || error.detail == .none)
                }
                var long = frame
                long.body += [0]
                let isError = frame.opcode == .error
                #expect(isError || Self.read(long) == nil, "\(frame.opcode) with a byte too many was read")
            }
        }
    }

    @Test("changed bytes are an error or another message, never a crash, and what is read can be said again")
    func mutated() throws {
        for seed in 1...400 as ClosedRange<UInt64> {
            var messages = RandomMessages(seed: seed)
            let version = messages.pick(ProtocolVersion.allCases)
            let frames =
                messages.requests().map { $0.frame(version, stream: 1) }
                + messages.responses(version).map { $0.frame(version, stream: 1) }
            for var frame in frames where !frame.body.isEmpty {
                for _ in 0..<Int.random(in: 1...4, using: &messages.random) {
                    let place = Int.random(in: 0..<frame.body.count, using: &messages.random)
                    let chance = UInt8.random(in: 0...255, using: &messages.random)
                    frame.body[place] = messages.pick([0, 1, 0x7F, 0x80, 0xFF, chance])
                }
                guard let read = Self.read(frame) else { continue }
                if let request = read.request {
                    #expect(try Request(request.frame(version, stream: 1)) == request)
                }
                if let response = read.response {
                    #expect(try Response(response.frame(version, stream: 1)) == response)
                }
            }
        }
    }

    @Test("bytes by chance are an error or a message, never a crash")
    func noise() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let body = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                // Small numbers are what lengths are made of.
                UInt8.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random)
            }
            let opcode = Opcode.allCases[Int.random(in: 0..<Opcode.allCases.count, using: &random)]
            let flags = Frame.Flags(rawValue: UInt8.random(in: 0...15, using: &random))
            _ = Self.read(Frame(version: .v4, flags: flags, stream: 0, opcode: opcode, body: body))
        }
    }

    @Test("a type nested without end is refused")
    func nested() {
        let head: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0x61]
        let nested = Array(repeating: [0, 0x20] as [UInt8], count: 100_000).flatMap { $0 }
        let frame = Frame(version: .v4, stream: 0, opcode: .result, body: head + nested)
        #expect(throws: CQLError(.value, "a type is nested deeper than 16")) { try Response(frame) }
    }

    @Test("a server's trace, warnings and payload before the body are passed over")
    func prefixes() throws {
        let trace = Array(repeating: 9 as UInt8, count: 16)
        let warnings: [UInt8] = [0, 1, 0, 2, 0x68, 0x69]
        let payload: [UInt8] = [0, 1, 0, 1, 0x6B, 0, 0, 0, 1, 0xFF]
        let flags: Frame.Flags = [.tracing, .warning, .customPayload]
        let body = trace + warnings + payload + [0, 0, 0, 1]
        let read = try Response(Frame(version: .v4, flags: flags, stream: 0, opcode: .result, body: body))
        #expect(read == .result(.void))
    }
}

extension Request {
    /// v3 has no way to leave a value unset.
    fileprivate var hasUnset: Bool {
        switch self {
        case .query(_, let parameters), .execute(_, let parameters):
            switch parameters.values {
            case .positional(let values): values.contains(.unset)
            case .named(let values): values.contains { $0.value == .unset }
            }
        case .batch(let batch): batch.statements.contains { $0.values.contains(.unset) }
        case .startup, .options, .prepare, .register, .authResponse: false
        }
    }
}
