import API
import HTTPTypes
import Hummingbird
import Model
import NIOCore

extension ControlResponder {
    private static let lastEventID = "Last-Event-ID"

    /// A run's stream of events, or why there is none.
    func events(
        of id: RunID,
        _ request: Request,
        for grant: AccessGrant,
        on channel: any Channel
    ) async throws(APIRefusal) -> ControlAnswer {
        guard !Self.hasBody(request) else {
            let message = "a request for events has no body"
            return Self.unread(request, APIRefusal(status: 400, code: "api.bad_value", message: message))
        }
        guard let views = try await service.watch(id) else { return unknown(id) }
        guard let view = await views.next() else { return ControlAnswer(.busy("the scheduler is stopping")) }
        let last: Int?
        do throws(APIRefusal) {
            last = try Self.last(request, of: view)
        } catch {
            return ControlAnswer(error)
        }
        if view.phase == .ended, last == view.phases.count - 1 {
            // To a browser this status alone says that it need not come back.
            return ControlAnswer(204)
        }
        if request.method == .head { return ControlAnswer(events: nil) }
        let place: EventStreams.Place
        do throws(APIRefusal) {
            place = try streams.place(for: views, of: Self.holder(grant, channel), on: channel)
        } catch {
            return ControlAnswer(error)
        }
        let stream = RunEventStream(
            place: place,
            grant: grant,
            limits: streams.limits,
            clock: streams.clock,
            logger: logger,
            telling: RunTelling(after: last, pace: streams.limits.pace),
            first: view
        )
        return ControlAnswer(events: ResponseBody { writer in try await stream.write(request, to: &writer) })
    }

    private static func holder(_ grant: AccessGrant, _ channel: any Channel) -> EventStreams.Holder {
        grant.caller.name.map { .token($0) } ?? .address(ClientAddress.name(of: channel.remoteAddress))
    }

    /// The place of the last phase that the reader has; nil for none.
    private static func last(_ request: Request, of view: RunView) throws(APIRefusal) -> Int? {
        guard let name = HTTPField.Name(lastEventID), let text = request.headers[name] else { return nil }
        let isNumber = (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int(text), number < view.phases.count else {
            throw APIRefusal(
                status: 400,
                code: APIError.Code.badValue.description,
                message: "expected the id of an event of this run, 0 to \(view.phases.count - 1)",
                field: lastEventID
            )
        }
        return number
    }
}
