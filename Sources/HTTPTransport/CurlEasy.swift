import CCurl
import Glibc

/// Owns one easy handle, its header list and its error text; used on the loop's thread alone.
final class CurlEasy {
    /// Opaque to everyone but libcurl's own calls in this file and in the loop.
    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var list: UnsafeMutablePointer<curl_slist>?

    /// - Throws: `http.internal` when libcurl has no handle to give.
    init() throws(HTTPError) {
        guard let handle = curl_easy_init() else {
            throw HTTPError(.internalFailure, "libcurl has no easy handle to give", retry: .safe)
        }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        // SAFETY: the loop has removed the handle from the multi handle before it lets go of the transfer; the text and the
        // list may be freed only after the handle that points to them.
        curl_easy_cleanup(handle)
        curl_slist_free_all(list)
        errorText.deallocate()
    }

    /// libcurl's own words for the last failure; empty when it had none.
    var reason: String { String(cString: errorText) }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(ccurl_setopt_long(handle, option, value), option)
    }

    func set(_ option: CURLoption, offset value: Int) throws(HTTPError) {
        try check(ccurl_setopt_offset(handle, option, curl_off_t(value)), option)
    }

    func set(_ option: CURLoption, _ value: String?) throws(HTTPError) {
        try check(ccurl_setopt_string(handle, option, value), option)
    }

    func set(_ option: CURLoption, pointer: UnsafeRawPointer) throws(HTTPError) {
        try check(ccurl_setopt_pointer(handle, option, pointer), option)
    }

    func set(_ option: CURLoption, callback: @escaping ccurl_data_callback) throws(HTTPError) {
        try check(ccurl_setopt_data_callback(handle, option, callback), option)
    }

    func set(
        beforeRequest callback:
            @escaping @convention(c) (
                UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?, Int32, Int32
            ) -> Int32
    ) throws(HTTPError) {
        try check(ccurl_setopt_prereq_callback(handle, callback), CURLOPT_PREREQFUNCTION)
    }

    /// Keeps sockets from child processes: one that holds a copy keeps a connection open that we have closed.
    func setSocketsPrivate() throws(HTTPError) {
        let result = ccurl_setopt_socket_callback(handle) { _, socket, _ in
            fcntl(socket, F_SETFD, FD_CLOEXEC) == 0 ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR
        }
        try check(result, CURLOPT_SOCKOPTFUNCTION)
    }

    /// Sets the header lines; libcurl points to the list as long as the handle lives.
    func set(headerLines: [String]) throws(HTTPError) {
        for line in headerLines {
            guard let longer = curl_slist_append(list, line) else {
                throw HTTPError(.internalFailure, "out of memory", retry: .safe)
            }
            list = longer
        }
        try check(ccurl_setopt_headers(handle, list), CURLOPT_HTTPHEADER)
    }

    /// Sets the body, which libcurl copies; the length has to be set first.
    func set(body: [UInt8]) throws(HTTPError) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
        guard !body.isEmpty else { return try set(CURLOPT_COPYPOSTFIELDS, "") }
        let result = body.withUnsafeBytes { ccurl_setopt_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
        try check(result, CURLOPT_COPYPOSTFIELDS)
    }

    /// Lets a paused transfer go on; received bytes may be handed over before this returns.
    func resume() {
        // A failure ends the transfer, which the loop learns in the usual way.
        _ = curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    /// Bytes of requests' head and body that the connection has taken so far, retries included.
    var sentBytes: Int {
        var requestBytes = 0
        var bodyBytes: curl_off_t = 0
        _ = ccurl_getinfo_long(handle, CURLINFO_REQUEST_SIZE, &requestBytes)
        _ = ccurl_getinfo_offset(handle, CURLINFO_SIZE_UPLOAD_T, &bodyBytes)
        return requestBytes + Int(bodyBytes)
    }

    private func check(_ result: CURLcode, _ option: CURLoption) throws(HTTPError) {
        guard result == CURLE_OK else {
            let reason = String(cString: curl_easy_strerror(result))
            let message = "libcurl refuses option \(option.rawValue): \(reason)"
            throw HTTPError(.internalFailure, message, curlCode: Int32(result.rawValue), retry: .safe)
        }
    }
}
