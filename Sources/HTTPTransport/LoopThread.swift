import CCurl
import Glibc
import Synchronization

/// The thread that a client's loop runs on.
final class LoopThread: Sendable {
    /// What the thread needs, carried through C.
    private final class Launch {
        let loop: CurlLoop
        let ended: Latch

        init(_ loop: CurlLoop, _ ended: Latch) {
            self.loop = loop
            self.ended = ended
        }
    }

    let mailbox: Mailbox
    private let ended = Latch()
    /// Until joined or let go.
    private let thread: Mutex<pthread_t?>

    /// libcurl wants this once in a process, before any other call; a `static let` is made once, by whoever comes first.
    private static let globalInit = ccurl_global_init()

    /// - Throws: `http.internal` when libcurl or the system cannot start it.
    init(_ configuration: HTTPConfiguration) throws(HTTPError) {
        guard Self.globalInit == CURLE_OK, let multi = curl_multi_init() else {
            throw HTTPError(.internalFailure, "libcurl cannot be initialised", retry: .safe)
        }
        mailbox = Mailbox(multi: multi)
        // SAFETY: the thread is the first to use the loop, takes over this reference, and shares it with nobody.
        let launch = Unmanaged.passRetained(Launch(CurlLoop(multi: multi, mailbox: mailbox, configuration), ended))
        var started = pthread_t()
        let result = pthread_create(&started, nil, { LoopThread.main($0) }, launch.toOpaque())
        guard result == 0 else {
            launch.release()
            _ = mailbox.close()
            _ = curl_multi_cleanup(multi)
            throw HTTPError(.internalFailure, "no thread for the client: error \(result)", retry: .safe)
        }
        thread = Mutex(started)
    }

    /// Ends all transfers and the thread, and returns when it is gone; safe to repeat.
    func stop() async {
        mailbox.post(.stop)
        await ended.wait()
        thread.withLock { thread in
            guard let started = thread else { return }
            pthread_join(started, nil)  // past its last statement but one: a matter of microseconds
            thread = nil
        }
    }

    deinit {
        mailbox.post(.stop)
        thread.withLock { thread in
            guard let started = thread else { return }
            pthread_detach(started)  // nobody is left to wait for it, and a deinit must not
        }
    }

    private static func main(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        // Signals are for other threads; SIGPIPE, which a TLS write may raise here, must not end the process.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let launch = Unmanaged<Launch>.fromOpaque(context).takeRetainedValue()
        launch.loop.run()
        launch.ended.open()
        return nil
    }
}
