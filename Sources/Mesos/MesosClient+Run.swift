public import Model

extension MesosClient {
    /// Subscribes, delivers what comes, and subscribes again whenever the stream is lost.
    ///
    /// - Parameters:
    ///   - id: ours from an earlier life; nil for the first time. One that the master gives is kept for later attempts.
    ///   - deliver: takes each event in order; the stream is not read on before it returns.
    /// - Throws: only an error with ``MesosError/fatal`` set; nobody may subscribe under this id again then. Returns when
    ///   the task is cancelled.
    public func run(
        frameworkID id: FrameworkID? = nil,
        deliver: (SubscriptionEvent) async -> Void
    ) async throws(MesosError) {
        begin(id)
        defer { end() }
        var attempt = 1
        var turn = 0
        while !Task.isCancelled {
            let (error, lived) = await subscribe(turn, deliver)
            if Task.isCancelled { return }
            if error.fatal != nil { throw named(error) }
            if lived {
                attempt = 1
            } else {
                attempt += 1
                turn += 1
            }
            let wait = backoff.wait(beforeAttempt: attempt, random: draw())
            await deliver(.retrying(in: wait, attempt: attempt, after: error.fault))
            do { try await pause(wait) } catch { return }  // cancelled, the only way in which a pause fails
        }
    }

    /// One attempt, and the stream's whole life when it succeeds.
    ///
    /// - Parameters:
    ///   - turn: which of the masters it is with, counted around.
    ///   - deliver: as for ``run(frameworkID:deliver:)``.
    /// - Returns: why it ended, and whether it lived so long that the next attempt counts as the first.
    private func subscribe(
        _ turn: Int,
        _ deliver: (SubscriptionEvent) async -> Void
    ) async -> (MesosError, lived: Bool) {
        do throws(MesosError) {
            let known = try await masters.addresses()
            let (stream, id, endpoint) = try await open(Endpoint(master: known[turn % known.count]))
            defer { stream.cancel() }
            var reader = SubscriptionReader(stream: stream, silence: silence)
            let subscription = try await reader.first()
            connect(Stream(id: id, endpoint: endpoint), as: subscription.frameworkID)
            await deliver(.connected(subscription, streamID: id, master: endpoint.master))
            let started = ContinuousClock.now
            let error = await reader.rest(deliver)
            disconnect()
            await deliver(.disconnected(error.fault))
            return (error, ContinuousClock.now - started >= backoff.livedAfter.duration)
        } catch {
            return (error, false)
        }
    }

    private func open(
        _ first: Endpoint
    ) async throws(MesosError) -> (stream: any MasterStream, id: String, endpoint: Endpoint) {
        var info = framework
        info.id = frameworkID
        let body = try SchedulerCall.subscribe(info, suppressedRoles: suppressedRoles).encode(frameworkID: info.id)
        var endpoint = first
        for _ in 0...Self.redirectsMax {
            let stream = try await authorized(authorization) { header throws(MesosError) in
                try await transport.open(request(endpoint, body, as: header))
            } isRefusal: {
                $0.head.status == 401
            } discard: {
                $0.cancel()
            }
            var answer = stream.head
            if answer.status != 200 { answer.body = await refusal(stream) }
            switch MasterReply.toSubscribe(answer) {
            case .stream(let id): return (stream, id, endpoint)
            case .redirect(let location):
                stream.cancel()
                endpoint = try endpoint.redirected(to: location)
            case .failed(var error):
                stream.cancel()
                error.context["master"] = endpoint.description
                throw named(error)
            }
        }
        throw MesosError(.tooManyRedirects, "\(first) leads on and on, last to \(endpoint)", retry: .safe)
    }

    /// What a refusal says; of a body that breaks off, as much as came.
    private func refusal(_ stream: any MasterStream) async -> [UInt8] {
        var body: [UInt8] = []
        // For the whole of it: a body that drips must not hold up the next attempt.
        let end = ContinuousClock.now + silence.atLeast.duration
        do throws(MesosError) {
            while body.count < WireLimits.textBytesMax, ContinuousClock.now < end,
                let part = try await stream.next(within: silence.atLeast)
            {
                body += part
            }
        } catch {
            return body  // the status says enough, and is reported
        }
        return body
    }
}
