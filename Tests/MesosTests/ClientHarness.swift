import Model
import SeededRandom
import Synchronization

@testable import Mesos

/// One client on one script, run until the master's script is over or the client gives up.
struct ClientHarness: Sendable {
    let master: FakeMaster
    let client: MesosClient
    private let pauses = Pauses()

    private final class Pauses: Sendable {
        let taken = Mutex<[Span]>([])
    }

    private final class Log: Sendable {
        private let found = Mutex(Result())

        var result: Result { found.withLock { $0 } }

        /// How many retries were announced so far.
        func add(_ event: SubscriptionEvent) -> Int {
            found.withLock { found in
                found.events.append(event)
                return found.retries.count
            }
        }

        func fail(_ error: MesosError) { found.withLock { $0.error = error } }
    }

    /// What became of a run.
    struct Result: Sendable {
        var events: [SubscriptionEvent] = []
        var error: MesosError?

        var faults: [String] {
            events.compactMap { if case .disconnected(let fault) = $0 { fault.code } else { nil } }
        }

        var retries: [(wait: Span, attempt: Int, code: String)] {
            events.compactMap {
                if case .retrying(let wait, let attempt, let fault) = $0 { (wait, attempt, fault.code) } else { nil }
            }
        }

        /// The first refusal, in words.
        var refusal: String? {
            events.lazy.compactMap { if case .retrying(_, _, let fault) = $0 { fault.message } else { nil } }.first
        }

        var connections: [String] {
            events.compactMap { if case .connected(_, let id, _) = $0 { id } else { nil } }
        }
    }

    init(
        _ lines: [FakeMaster.Line],
        masters: String = "127.0.0.1:5050",
        id: String? = nil,
        authorization: any Authorization = BasicAuthorization(.init(principal: "p", secret: Secret("s3cret"))),
        backoff: Backoff = Backoff()
    ) throws {
        master = FakeMaster(lines)
        let pauses = pauses
        client = try MesosClient(
            masters: MasterPlace(masters),
            framework: FrameworkInfo(
                id: id.map { FrameworkID($0) },
                name: "understudy",
                user: "root",
                roles: ["r"],
                principal: "p",
                hostname: "h",
                failoverTimeout: .days(14)
            ),
            suppressedRoles: [],
            transport: master,
            authorization: authorization,
            backoff: backoff,
            silence: .init(),
            random: SplitMix64(seed: 7),
            pause: { span in
                pauses.taken.withLock { $0.append(span) }
                try Task.checkCancellation()
            }
        )
    }

    /// The pauses that the client took, none of them in real time.
    var paused: [Span] { pauses.taken.withLock { $0 } }

    /// As the function below, with our client.
    func run(
        retries: Int = 1,
        _ id: FrameworkID? = nil,
        during: @escaping @Sendable (SubscriptionEvent) async -> Void = { _ in }
    ) async -> Result {
        await Self.run(client, retries: retries, id, during: during)
    }

    /// Runs until so many retries were announced, or the client ends by itself.
    static func run(
        _ client: MesosClient,
        retries: Int = 1,
        _ id: FrameworkID? = nil,
        during: @escaping @Sendable (SubscriptionEvent) async -> Void = { _ in }
    ) async -> Result {
        let log = Log()
        let task = Task {
            do throws(MesosError) {
                try await client.run(frameworkID: id) { event in
                    let announced = log.add(event)
                    await during(event)
                    if announced >= retries { withUnsafeCurrentTask { $0?.cancel() } }
                }
            } catch {
                log.fail(error)
            }
        }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        return log.result
    }
}
