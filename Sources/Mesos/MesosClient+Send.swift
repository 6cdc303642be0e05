public import Model

extension MesosClient {
    /// Sends one call on the open subscription.
    ///
    /// - Returns: done for 202, which means received, not carried out: what comes of it tell events, of which the first may
    ///   arrive before the 202. Refused: nothing has happened; `mesos.not_subscribed` when no stream is open. Unknown: it
    ///   may have reached the master.
    public func send(_ call: SchedulerCall) async -> Outcome<Void> {
        if case .subscribe = call {
            return .refused(MesosError(.subscribeIsRuns, "only run() subscribes").fault)
        }
        guard let stream, let frameworkID else {
            return .refused(MesosError(.notSubscribed, "no subscription is open", retry: .safe).fault)
        }
        do throws(MesosError) {
            return try await send(call.encode(frameworkID: frameworkID), on: stream)
        } catch {
            switch error.retry {
            case .safe, .never: return .refused(error.fault)
            case .outcomeUnknown: return .unknown(error.fault)
            }
        }
    }

    private func send(_ body: [UInt8], on stream: Stream) async throws(MesosError) -> Outcome<Void> {
        var endpoint = stream.endpoint
        for _ in 0...Self.redirectsMax {
            let answer = try await authorized(authorization) { header throws(MesosError) in
                try await transport.send(request(endpoint, body, streamID: stream.id, as: header))
            } isRefusal: {
                $0.status == 401
            }
            switch MasterReply.toCall(answer) {
            case .done: return .done(())
            case .redirect(let location): endpoint = try endpoint.redirected(to: location)
            case .refused(let error), .unknown(let error): throw error
            }
        }
        throw MesosError(.tooManyRedirects, "\(stream.endpoint) leads on and on, last to \(endpoint)", retry: .safe)
    }
}
