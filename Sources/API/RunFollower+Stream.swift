import Model

extension RunFollower {
    /// Until the first byte; a stream that begins later is held back by something in between, and of no use.
    private static let firstByte = Span.seconds(5)
    /// Three times the server's own signs of life.
    private static let silenceMax = Span.seconds(45)
    /// After a stream that was refused: somebody else's may have ended.
    private static let streamPause = Span.seconds(30)

    /// Reads the run's events for as long as they come.
    ///
    /// - Returns: nil when there are no more, whatever the reason: asking tells what it is.
    func read(until deadline: Instant, _ state: inout State) async -> FollowOutcome? {
        guard let view = state.view, let streamAt = state.streamAt, control.now() >= streamAt else { return nil }
        // A release that is wanted and did not get through has to be sent first.
        guard !control.releaseWanted || state.releaseSent else { return nil }
        let left = deadline - control.now()
        guard left > .zero else { return nil }
        do {
            let within = min(left, Self.firstByte)
            guard let events = try await client.events(of: view.id, after: view.phases.count - 1, within: within) else {
                state.streamAt = nil
                return nil
            }
            return await read(events, until: deadline, &state)
        } catch {
            // A scheduler that knows no events will not learn them; any other may have room later.
            let isUnknown = error.code.description == "api.not_found"
            state.streamAt = isUnknown ? nil : control.now() + Self.streamPause
            return nil
        }
    }

    private func read(_ events: RunEvents, until deadline: Instant, _ state: inout State) async -> FollowOutcome? {
        let releaseSent = state.releaseSent
        return await withTaskGroup(of: Void.self) { group in
            if !releaseSent {
                group.addTask { [control] in
                    await control.releaseWish()
                    events.cancel()
                }
            }
            defer { group.cancelAll() }
            return await take(events, until: deadline, &state)
        }
    }

    private func take(_ events: RunEvents, until deadline: Instant, _ state: inout State) async -> FollowOutcome? {
        var events = events
        var patience = Self.firstByte
        defer { events.cancel() }
        while true {
            let left = deadline - control.now()
            guard left > .zero else { return nil }
            do throws(APIError) {
                guard let news = try await events.next(within: min(left, patience)) else { return nil }
                patience = Self.silenceMax
                for event in news {
                    if let outcome = await take(event.view, &state) { return outcome }
                }
            } catch {
                // Nothing came of it at all, or what no scheduler sends: asking is better for a while.
                let isOfUse = error.kind != .badAnswer && patience == Self.silenceMax
                if !isOfUse, !control.releaseWanted { state.streamAt = control.now() + Self.streamPause }
                return nil
            }
        }
    }
}
