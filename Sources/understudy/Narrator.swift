import API
import Model
import Synchronization

/// Tells what happens to a run: line by line, and on a terminal with a line below that shows that it goes on.
final class Narrator: Sendable {
    /// Often enough to be seen moving.
    private static let frame = Span.milliseconds(200)

    private struct State {
        var live: LiveLine?
        var columns = 80
    }

    private let output: Output
    private let now: @Sendable () -> Instant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - output: when it is a terminal that can take a line back, there is a live one.
    ///   - now: on a clock that never jumps.
    init(_ output: Output, now: @escaping @Sendable () -> Instant) {
        self.output = output
        self.now = now
        state = Mutex(State(live: output.isTerminal ? LiveLine(at: now()) : nil))
    }

    /// A line that stays.
    func line(_ text: String) {
        state.withLock { state in
            guard state.live != nil else { return output.line(text) }
            output.write(LiveLine.erase + text + "\n")
            draw(&state)
        }
    }

    /// The run as it stands.
    func see(_ view: RunView) { state.withLock { $0.live?.see(view.phase, at: now()) } }

    /// Moves the live line until cancelled.
    func animate() async {
        guard state.withLock({ $0.live != nil }) else { return }
        while !Task.isCancelled {
            state.withLock { state in
                state.columns = output.columns
                draw(&state)
            }
            // A sleep that was cut short has done its work.
            try? await Task.sleep(for: Self.frame.duration)
        }
    }

    /// Takes the live line away for good.
    func close() {
        state.withLock { state in
            if state.live != nil { output.write(LiveLine.erase) }
            state.live = nil
        }
    }

    private func draw(_ state: inout State) {
        guard let picture = state.live?.next(at: now(), columns: state.columns) else { return }
        output.write(LiveLine.erase + picture)
    }
}
