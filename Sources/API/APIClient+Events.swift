import Model

extension APIClient {
    /// A refusal's body, which is small; a stranger's may be anything.
    private static let refusalBytesMax = 64 << 10

    /// Opens a run's stream of events.
    ///
    /// - Parameters:
    ///   - id: the run's.
    ///   - last: the place of the last phase that is known; the stream goes on after it.
    ///   - within: until the stream begins.
    /// - Returns: nil when there is no stream to be had: the run has ended and the last phase is known, or the transport
    ///   has none.
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    func events(of id: RunID, after last: Int?, within: Span = patience) async throws(APIError) -> RunEvents? {
        let stream = try await addresses.answer { (url) async throws(APIError) in
            try await open("\(url)/v1/runs/\(id)/events", after: last, within: within)
        }
        guard let stream else { return nil }
        return RunEvents(of: id, stream)
    }

    private func open(_ url: String, after last: Int?, within: Span) async throws(APIError) -> (any APIByteStream)? {
        var call = APICall(method: "GET", url: url, within: within, credential: credential)
        call.accept = "text/event-stream"
        call.lastEventID = last
        guard let stream = try await transport.open(call) else { return nil }
        do throws(APIError) {
            switch stream.status {
            case 200: break
            case 204:
                stream.cancel()
                return nil
            default: throw Self.refusal(try await Self.rest(of: stream, within: within))
            }
            let type = stream.contentType?.split(separator: ";").first?.lowercased()
            guard type == call.accept else {
                throw APIError(.badAnswer, .badAnswer, "events of type \(printable(type ?? "none", max: 100))")
            }
        } catch {
            stream.cancel()
            throw error
        }
        return stream
    }

    private static func rest(of stream: any APIByteStream, within: Span) async throws(APIError) -> APIAnswer {
        var body: [UInt8] = []
        while body.count < refusalBytesMax, let bytes = try await stream.next(within: within) { body += bytes }
        return APIAnswer(status: stream.status, body: Array(body.prefix(refusalBytesMax)))
    }
}
