import CCurl

/// Refuses a request that would not go out as it is written, or would go out as more than one.
enum RequestCheck {
    /// The longest method; the longest registered one (RFC 9110, IANA) has 17 characters.
    private static let methodBytesMax = 32
    /// As long as common servers accept a request line, with room to spare.
    private static let urlBytesMax = 16 << 10
    /// What we send as header fields; common servers accept 8 KiB to 64 KiB.
    private static let headerBytesMax = 64 << 10

    /// Fields that say where a message ends; a second opinion on that is how requests are smuggled (RFC 9112 §11.2).
    private static let framing: Set<String> = [
        "content-length", "transfer-encoding", "expect", "te", "trailer", "upgrade",
    ]

    /// Throws `http.bad_request` or `http.bad_url`, always with retry `never`.
    static func check(_ request: HTTPRequest) throws(HTTPError) {
        try checkMethod(request)
        try checkURL(request.url)
        var bytes = 0
        for (name, value) in request.headers {
            guard isToken(name) else { throw refusal(.badRequest, "a header's name is not a token") }
            guard isFieldValue(value) else {
                throw refusal(.badRequest, "the value of header \(name) holds a control character")
            }
            guard !framing.contains(name.lowercased()) else {
                throw refusal(.badRequest, "header \(name) belongs to the transport")
            }
            bytes += name.utf8.count + value.utf8.count + 4  // colon, blank, CR, LF
        }
        guard bytes <= headerBytesMax else {
            throw refusal(.badRequest, "the headers have \(bytes) bytes, more than \(headerBytesMax)")
        }
    }

    /// One or more of the characters that RFC 9110 §5.6.2 allows in a token.
    static func isToken(_ text: some StringProtocol) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isTokenByte) }

    /// No control character but the tab: RFC 9110 §5.5 without its leave to replace CR, LF and NUL.
    static func isFieldValue(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func checkMethod(_ request: HTTPRequest) throws(HTTPError) {
        guard isToken(request.method), request.method.utf8.count <= methodBytesMax else {
            throw refusal(.badRequest, "the method is not a token of at most \(methodBytesMax) bytes")
        }
        // libcurl would wait for the body that an answer to HEAD announces and does not have, and CONNECT makes a tunnel.
        guard request.method != "CONNECT", request.method != "HEAD" || request.body.isEmpty else {
            throw refusal(.badRequest, "\(request.method) cannot be sent so")
        }
    }

    private static func checkURL(_ url: String) throws(HTTPError) {
        guard url.utf8.count <= urlBytesMax else {
            throw refusal(.badURL, "the URL has more than \(urlBytesMax) bytes")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw refusal(.badURL, "the URL holds a blank, a control character or one that is not ASCII")
        }
        let lower = url.prefix(8).lowercased()
        guard lower.hasPrefix("http://") || lower == "https://" else {
            throw refusal(.badURL, "the URL begins with neither http:// nor https://")
        }
        // libcurl reads three slashes as two, and would take the path's first segment for the host.
        guard !url.dropFirst(lower.hasPrefix("https") ? 8 : 7).hasPrefix("/") else {
            throw refusal(.badURL, "the URL names no host")
        }
        guard let parts = curl_url() else { throw HTTPError(.internalFailure, "out of memory", retry: .safe) }
        defer { curl_url_cleanup(parts) }
        // Credentials in a URL end up in logs, and libcurl would turn them into a header of its own.
        let result = curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER))
        guard result == CURLUE_OK else {
            let reason = curl_url_strerror(result).map { String(cString: $0) } ?? "unusable"
            throw refusal(.badURL, "the URL cannot be used: \(reason)")
        }
    }

    private static func refusal(_ fault: HTTPFault, _ message: String) -> HTTPError {
        HTTPError(fault, message, retry: .never)
    }
}
