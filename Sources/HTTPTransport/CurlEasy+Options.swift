import CCurl

extension CurlEasy {
    /// What is the same for each request: HTTP and nothing but HTTP, verified unless told otherwise, without memory of
    /// earlier answers.
    func configure(_ configuration: HTTPConfiguration) throws(HTTPError) {
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_PROXY, "")  // an empty string, unlike none, also overrules the environment
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        try set(CURLOPT_PATH_AS_IS, 1)  // a segment of dots is part of a name here, not a way up
        try set(CURLOPT_NOPROGRESS, 1)
        if !configuration.userAgent.isEmpty { try set(CURLOPT_USERAGENT, configuration.userAgent) }
        try set(CURLOPT_NOSIGNAL, 1)  // its signals would hit threads that are not ours
        // Ending a transfer must not wait for a name look-up on another thread: everyone else's transfers would wait too.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)  // finds peers that vanished under a stream that may be silent
        try setSocketsPrivate()
        try set(CURLOPT_SSL_VERIFYPEER, configuration.verifiesPeer ? 1 : 0)
        try set(CURLOPT_SSL_VERIFYHOST, configuration.verifiesPeer ? 2 : 0)
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = configuration.caFile {
            try set(CURLOPT_CAINFO, file)
            try set(CURLOPT_CAPATH, nil)  // the system's authorities would be trusted beside it
        }
    }

    /// What this request asks for; it has passed `RequestCheck`.
    func configure(_ request: HTTPRequest) throws(HTTPError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.deadlines.connect.wholeMilliseconds)
        try configureMethod(request)
        let names = Set(request.headers.map { $0.name.lowercased() })
        var lines = request.headers.map(Self.line)
        lines.append("Expect:")  // without a value: not sent; a server that ignores it would cost a second
        if !names.contains("content-type") { lines.append("Content-Type:") }  // libcurl would call any body a form
        try set(headerLines: lines)
    }

    private func configureMethod(_ request: HTTPRequest) throws(HTTPError) {
        // RFC 9110 §8.6: a method that anticipates a body announces an empty one.
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            try set(CURLOPT_POST, 1)
            try set(body: request.body)
            if request.method != "POST" { try set(CURLOPT_CUSTOMREQUEST, request.method) }
        } else if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_HTTPGET, 1)
            if request.method != "GET" { try set(CURLOPT_CUSTOMREQUEST, request.method) }
        }
    }

    /// libcurl's form of a header line: a semicolon stands for an empty value, a colon alone for no header.
    private static func line(_ header: (name: String, value: String)) -> String {
        let isEmpty = header.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        return isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
    }
}

extension Duration {
    /// Rounded up, within what libcurl and poll take: 1 ms to 24 days.
    ///
    /// Zero would mean "the default" to libcurl.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 - 1 else { return Int(Int32.max) - 1 }
        guard seconds >= 0 else { return 1 }
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let rest = (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
        return max(1, Int(seconds * 1000 + rest))
    }
}
