import CCurl
import Synchronization

/// Drives all transfers of one client; created, run and dropped on the loop's thread.
final class CurlLoop {
    /// Transfers held at once.
    ///
    /// Each costs some 20 KiB of libcurl's buffers, and thousands waiting for eight connections mean that something
    /// is wrong elsewhere.
    static let transfersMax = 4096

    /// Connections kept for reuse over all hosts: eight each for a few masters, gateways and spares.
    private static let connectionsKeptMax = 64

    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    private let configuration: HTTPConfiguration
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var isStopping = false

    /// - Parameters:
    ///   - multi: owned from now on; freed at the end of `run`.
    ///   - mailbox: rings this multi handle.
    ///   - configuration: of the client.
    init(multi: UnsafeMutableRawPointer, mailbox: Mailbox, _ configuration: HTTPConfiguration) {
        self.multi = multi
        self.mailbox = mailbox
        self.configuration = configuration
    }

    /// Runs until told to stop; afterwards no transfer, connection or handle is left.
    func run() {
        let connections = configuration.connectionsPerHost
        _ = ccurl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
        _ = ccurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, max(Self.connectionsKeptMax, connections))
        while !isStopping {
            mailbox.turns.add(1, ordering: .relaxed)
            for command in mailbox.take() { obey(command) }
            var running: Int32 = 0
            guard !isStopping, curl_multi_perform(multi, &running) == CURLM_OK else { break }
            collect()
            let timeout = expire()
            guard curl_multi_poll(multi, nil, 0, timeout, nil) == CURLM_OK else { break }
        }
        end()
    }

    private func obey(_ command: Mailbox.Command) {
        switch command {
        case .start(let exchange):
            start(exchange)
        case .cancel(let exchange):
            guard let transfer = transfers[ObjectIdentifier(exchange)] else { return }
            finish(transfer, failing: .init(fault: .cancelled, message: "cancelled"), keepingBytes: false)
        case .resume(let exchange):
            transfers[ObjectIdentifier(exchange)]?.easy.resume()
        case .watch(let exchange, let number, let until):
            transfers[ObjectIdentifier(exchange)]?.watch(number, until: until)
        case .stop:
            isStopping = true
        }
    }

    private func start(_ exchange: Exchange) {
        do throws(HTTPError) {
            guard transfers.count < Self.transfersMax else {
                throw HTTPError(.tooManyRequests, "\(Self.transfersMax) requests are under way", retry: .safe)
            }
            let transfer = try Transfer(exchange, configuration)
            let result = curl_multi_add_handle(multi, transfer.easy.handle)
            guard result == CURLM_OK else {
                let reason = String(cString: curl_multi_strerror(result))
                throw HTTPError(.internalFailure, "libcurl refuses the transfer: \(reason)", retry: .safe)
            }
            transfers[ObjectIdentifier(exchange)] = transfer
        } catch {
            exchange.finish(.failure(error), keepingBytes: false)
        }
    }

    /// Finishes the transfers that libcurl calls done.
    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let result = message.pointee.data.result
            var context: UnsafeMutableRawPointer?
            _ = ccurl_getinfo_private(message.pointee.easy_handle, &context)
            guard let transfer = Transfer.from(context) else { continue }
            finish(transfer, transfer.outcome(result), keepingBytes: true)
        }
    }

    /// Ends the transfers whose time is up.
    ///
    /// - Returns: milliseconds until the next one's is, for poll.
    private func expire() -> Int32 {
        let now = ContinuousClock.now
        var next: ContinuousClock.Instant?
        for transfer in Array(transfers.values) {
            if let failure = transfer.expired(at: now) {
                finish(transfer, failing: failure, keepingBytes: true)
            } else if let deadline = transfer.nextDeadline {
                next = next.map { min($0, deadline) } ?? deadline
            }
        }
        // Without a deadline poll sleeps for as long as it can express: the bell wakes it.
        return next.map { Int32((now.duration(to: $0)).wholeMilliseconds) } ?? Int32.max
    }

    private func finish(_ transfer: Transfer, failing failure: Transfer.Failure, keepingBytes: Bool) {
        finish(transfer, .failure(transfer.error(failure)), keepingBytes: keepingBytes)
    }

    /// Takes the transfer off the wire first, so that its connection is closed or free when the caller hears of it.
    private func finish(_ transfer: Transfer, _ result: Result<Void, HTTPError>, keepingBytes: Bool) {
        _ = curl_multi_remove_handle(multi, transfer.easy.handle)
        transfers[ObjectIdentifier(transfer.exchange)] = nil
        transfer.exchange.finish(result, keepingBytes: keepingBytes)
    }

    private func end() {
        let late = mailbox.close()
        let failure = Transfer.Failure(fault: .shutDown, message: "the client is shut down")
        for transfer in Array(transfers.values) { finish(transfer, failing: failure, keepingBytes: false) }
        for case .start(let exchange) in late {
            exchange.finish(.failure(.shutDown(exchange.request)), keepingBytes: false)
        }
        _ = curl_multi_cleanup(multi)
    }
}

extension HTTPError {
    /// Nothing was sent, since there is nobody to send it.
    static func shutDown(_ request: HTTPRequest) -> HTTPError {
        HTTPError(.shutDown, "\(request.label): the client is shut down", retry: .safe)
    }
}
