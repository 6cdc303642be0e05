/// What passes an edge of the local cluster, as far as faults ask about it.
struct FaultMessage: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case call
        /// Something of the master's stream.
        case event
        /// A container's end, as the volume driver sees it.
        case unmount
    }

    var server: FaultServer
    var kind: Kind
    var route: String
    /// Names and ids.
    var volumes: Set<String> = []
    /// Hostnames.
    var agents: Set<String> = []
    /// True for a call that lists volumes and changes none.
    var isListing = false
}

extension Fault.Filter {
    func fits(_ message: FaultMessage) -> Bool {
        (server == nil || server == message.server)
            && Self.fits(route, [message.route])
            && Self.fits(volume, message.volumes)
            && Self.fits(agent, message.agents)
    }

    private static func fits(_ pattern: String?, _ texts: Set<String>) -> Bool {
        guard let pattern else { return true }
        return texts.contains { isMatch(Array(pattern.utf8)[...], Array($0.utf8)[...]) }
    }

    /// True when the text is the pattern, whose `*` each stand for any bytes.
    private static func isMatch(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        // Where to go on when a star has to take one byte more.
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while !text.isEmpty {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if pattern.first == text.first {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if let last = retry {
                (pattern, text) = (last.pattern, last.text.dropFirst())
                retry = (pattern, text)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension Fault.Effect {
    /// True for what happens to agents and to the master themselves.
    var isIncident: Bool {
        switch self {
        case .agentUnreachable, .agentGone, .masterRestart: true
        case .delay, .error, .answerLost, .streamCut, .duplicateUpdate, .lateUpdate, .staysAttached, .failedSnapshot,
            .staleListing:
            false
        }
    }

    /// True for a message that it can happen to.
    func applies(to message: FaultMessage) -> Bool {
        switch self {
        case .delay: message.kind != .unmount
        case .error, .answerLost: message.kind == .call
        case .streamCut: message.kind == .event
        case .duplicateUpdate, .lateUpdate: message.kind == .event && message.route.hasPrefix("UPDATE ")
        case .staysAttached: message.kind == .unmount
        case .failedSnapshot: message.route == "POST volumes/snapshots"
        case .staleListing: message.isListing
        case .agentUnreachable, .agentGone: !message.agents.isEmpty
        case .masterRestart: message.kind != .unmount
        }
    }
}

extension Fault {
    /// True for what waits for no message: it happens when it is put, and then no more.
    var isImmediate: Bool { effect.isIncident && filter.route == nil }
}
