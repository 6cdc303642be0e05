import Lifecycle
import Model

/// What happened, in words; off unless somebody will read it.
struct Trace {
    var isOn = false
    private(set) var lines: [String] = []

    /// A frame, of the process that counts unless the number of a superseded one is given.
    mutating func write(
        _ now: Instant,
        _ events: [Event],
        _ notes: [Note],
        _ effects: [Effect],
        by former: Int? = nil
    ) {
        guard isOn else { return }
        if let former, !effects.isEmpty { write(now, "  process \(former):") }
        for event in events { if let line = event.line { write(now, "< \(line)") } }
        for note in notes {
            write(now, "  \(note.message): " + note.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
        }
        for effect in effects { write(now, "> \(effect.word) \(effect.key)") }
    }

    mutating func write(_ now: Instant, _ line: @autoclosure () -> String) {
        guard isOn else { return }
        lines.append("\((now - Fixture.start).seconds) \(line())")
    }
}

extension Event {
    /// In one line, without a volume's labels, which have no order; nil for a tick.
    fileprivate var line: String? {
        func said(_ read: Result<Volume?, ReadFault>) -> String {
            switch read {
            case .success(let volume): volume.map { "\($0.id) attached=\($0.attachedOn ?? "-")" } ?? "nothing"
            case .failure(let failure): failure.fault.description
            }
        }
        func said<Value>(_ outcome: Outcome<Value>) -> String {
            switch outcome {
            case .done: "done"
            case .refused(let fault): "refused: \(fault)"
            case .unknown(let fault): "unknown: \(fault)"
            }
        }
        switch self {
        case .tick: return nil
        case .submitted(let spec, let id): return "submitted \(id) \(spec.key ?? "")"
        case .release(let id): return "release \(id)"
        case .command(let command, let id): return "\(command) \(id)"
        case .look(let source): return "look \(source)"
        case .sweep: return "sweep"
        case .subscribed: return "subscribed"
        case .disconnected: return "disconnected"
        case .frameworkRemoved: return "framework removed"
        case .frameworkReset: return "framework reset"
        case .uninstall(let keepsCopies, let patience): return "uninstall keepsCopies=\(keepsCopies) \(patience)"
        case .sourceGiven(let given): return "source given \(given.source.name)"
        case .sourceTaken(let name): return "source taken \(name)"
        case .offers(let offers): return "offers \(offers.map { "\($0.id)@\($0.agentID)" })"
        case .update(let update): return "update \(update.taskID) \(update.state) \(update.reason ?? "")"
        case .failure(let agent, _, _): return "failure \(agent?.value ?? "")"
        case .called(let key, let outcome): return "called \(key) \(said(outcome))"
        case .nodesRead: return "nodes"
        case .sourceRead(_, let read): return "source \(read.map { $0.map { $0?.id.value ?? "missing" } })"
        case .created(let name, let outcome): return "created \(name) \(said(outcome))"
        case .found(let name, let read): return "found \(name) \(said(read))"
        case .inspected(let name, let read): return "inspected \(name) \(said(read))"
        case .deleted(let name, let outcome): return "deleted \(name) \(said(outcome))"
        case .sealRead(let id, let attempt, let read):
            return "seal of \(id) #\(attempt) \((try? read.get()) == nil ? "fault" : "read")"
        case .outputRead(let id, let attempt, _):
            return "output of \(id) #\(attempt)"
        case .listed(let read): return "listed \((try? read.get())?.map(\.id.value).joined(separator: " ") ?? "fault")"
        }
    }
}
