import Foundation

@testable import LocalCluster

/// One HTTP request of the tests, spoken by hand.
enum TestRequest {
    /// Sends it to `http://127.0.0.1:PORT`, with or without a path, or to `127.0.0.1:PORT`.
    static func send(
        _ url: String,
        _ method: String,
        _ path: String,
        _ body: String = ""
    ) async throws -> (status: Int, text: String) {
        let address = url.split(separator: "/").first { $0.contains(":") && $0 != "http:" }.map(String.init) ?? url
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += "Content-Length: \(body.utf8.count)\r\n\r\n"
        let answer = try await TestConnection.exchange(address, Array((head + body).utf8))
        return (answer.head.status, String(decoding: answer.body, as: UTF8.self))
    }
}

extension MasterFixture {
    /// A scheduler whose task runs, and the agent that runs it.
    func running(
        _ task: String,
        _ options: TestScheduler.Options = .init()
    ) async throws -> (
        scheduler: TestScheduler, agent: String
    ) {
        let scheduler = try await scheduler(options)
        guard let offer = try await scheduler.offers().first, let agent = offer.id(3) else {
            throw TestConnection.Fault(description: "no offer")
        }
        try await scheduler.accept(offer, [.launch([TestTask(id: task, command: "exec sleep 100")])])
        try await scheduler.update(task, "RUNNING")
        return (scheduler, agent)
    }
}
