/// Why a fault cannot be put.
public struct FaultRefusal: Error, CustomStringConvertible {
    /// Names what and why.
    public let description: String
    init(_ description: String) { self.description = description }
}

extension Fault {
    /// Longer waits are no test.
    private static let secondsMax = 3_600.0
    private static let nameBytesMax = 64
    private static let patternBytesMax = 256

    func check(named name: String) throws(FaultRefusal) {
        let isName = !name.isEmpty && name.utf8.count <= Self.nameBytesMax && name.utf8.allSatisfy(Self.isInName)
        guard isName else {
            throw FaultRefusal("a fault's name is 1 to \(Self.nameBytesMax) of letters, digits, '-', '_' and '.'")
        }
        guard rate >= 0, rate <= 1 else { throw FaultRefusal("\(name): a rate is from 0 to 1") }
        guard count.map({ $0 > 0 }) ?? true else { throw FaultRefusal("\(name): a count is above 0") }
        for pattern in [filter.route, filter.volume, filter.agent].compactMap({ $0 }) {
            guard !pattern.isEmpty, pattern.utf8.count <= Self.patternBytesMax else {
                throw FaultRefusal("\(name): a pattern has 1 to \(Self.patternBytesMax) bytes")
            }
        }
        try effect.check(named: name)
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    fileprivate static func checkSeconds(_ seconds: Double, _ name: String) throws(FaultRefusal) {
        guard seconds >= 0, seconds <= secondsMax else {
            throw FaultRefusal("\(name): seconds are from 0 to \(Int(secondsMax))")
        }
    }
}

extension Fault.Effect {
    fileprivate func check(named name: String) throws(FaultRefusal) {
        switch self {
        case .delay(let seconds), .lateUpdate(let seconds), .staysAttached(let seconds), .staleListing(let seconds),
            .agentUnreachable(let seconds):
            try Fault.checkSeconds(seconds, name)
        case .masterRestart(let restart):
            try Fault.checkSeconds(restart.down, name)
            try Fault.checkSeconds(restart.agentsBack, name)
        case .error(let status):
            guard (400...599).contains(status) else { throw FaultRefusal("\(name): a status is from 400 to 599") }
        case .answerLost, .streamCut, .duplicateUpdate, .failedSnapshot, .agentGone: break
        }
    }
}
