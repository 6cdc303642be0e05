/// The stand-in at work: one thread, one `poll`, all connections.
struct Server {
    /// More would be a mistake of the suite's.
    static let connectionsMax = 64

    let listener: Descriptor
    /// Readable when it is time to stop.
    let stopping: Descriptor
    let clusterName: String
    /// In milliseconds.
    let idleLimit: Int64
    var log: RowLog

    /// Serves until told to stop, and blocks its thread.
    mutating func run() {
        var connections: [Connection] = []
        while true {
            let fixed = [listener, stopping].map { Sockets.Interest(socket: $0, reading: true, writing: false) }
            let ready = Sockets.wait(
                for: fixed + connections.map(\.interest),
                milliseconds: Int32(clamping: untilIdle(connections))
            )
            guard !ready[1] else { return }
            let now = Sockets.now()
            var alive: [Connection] = []
            for (var connection, isReady) in zip(connections, ready.dropFirst(fixed.count)) {
                let goesOn = isReady ? connection.advance(at: now) { answer($0) } : true
                if goesOn, now - connection.active < idleLimit { alive.append(connection) }
            }
            connections = alive
            if ready[0] { accept(into: &connections, at: now) }
        }
    }

    private func untilIdle(_ connections: [Connection]) -> Int64 {
        guard let oldest = connections.map(\.active).min() else { return -1 }  // for ever
        return max(0, oldest + idleLimit - Sockets.now()) + 1
    }

    private func accept(into connections: inout [Connection], at now: Int64) {
        // No more than the limit a round: those that are here have their turn in between.
        for _ in 0..<Self.connectionsMax {
            guard let socket = Sockets.accept(listener) else { return }
            var connection = Connection(socket, at: now)
            if connections.count < Self.connectionsMax {
                connections.append(connection)
            } else {
                let message = "\(Self.connectionsMax) connections are all that this stand-in takes"
                _ = connection.end(.init(code: "busy", message: message), at: now)  // closed with its last holder
            }
        }
    }

    private mutating func answer(_ line: [UInt8]) -> Reply {
        guard let text = String(validating: line, as: UTF8.self) else {
            return .refused(.init(code: "bad_text", message: "a line is UTF-8"))
        }
        let command = text.prefix { $0 != " " }
        let argument = text.dropFirst(command.count + 1)
        do {
            return .lines(try answer(command, String(argument))[...])
        } catch {
            return .refused(error)
        }
    }

    private mutating func answer(_ command: Substring, _ argument: String) throws(CommandRefusal) -> [String] {
        guard command == "ADD" || argument.isEmpty else {
            throw CommandRefusal(code: "bad_argument", message: "only ADD takes a text")
        }
        switch command {
        case "HELLO": return [StandInDatabase.banner, StandInDatabase.version, clusterName]
        case "CLUSTER": return [clusterName]
        case "COUNT": return [String(log.rows.count)]
        case "LIST": return log.rows
        case "ADD":
            try log.append(argument)
            return [String(log.rows.count)]
        case "DROP":
            try log.clear()
            return []
        default:
            throw CommandRefusal(code: "unknown", message: "the commands are HELLO ADD LIST COUNT DROP CLUSTER")
        }
    }
}
