import CCurl

extension Transfer {
    /// How it ended, by libcurl's result and what we noted on the way.
    func outcome(_ result: CURLcode) -> Result<Void, HTTPError> {
        let number = Int32(result.rawValue)
        if let failure { return .failure(error(failure, curlCode: number)) }
        if result == CURLE_OK {
            // libcurl 7.88 is content with a connection that ends within the head.
            guard !hasHead else { return .success(()) }
            let failure = Failure(fault: .closed, message: "the connection ended within the answer's head")
            return .failure(error(failure, curlCode: number))
        }
        let words = easy.reason.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.reason
        return .failure(error(Failure(fault: fault(result), message: words), curlCode: number))
    }

    /// The failure with what it means for sending again.
    func error(_ failure: Failure, curlCode: Int32? = nil) -> HTTPError {
        let label = exchange.request.label
        return HTTPError(failure.fault, "\(label): \(failure.message)", curlCode: curlCode, retry: retry(failure.fault))
    }

    private func retry(_ fault: HTTPFault) -> HTTPError.Retry {
        switch fault {
        case .badURL, .badRequest, .badConfiguration, .concurrentRead:
            .never
        case .connectFailed, .tls, .stalled, .deadline, .closed, .truncated, .headerTooLarge, .bodyTooLarge,
            .badResponse, .cancelled, .shutDown, .tooManyRequests, .internalFailure:
            // The connection's own count decides: a failure to connect, too, may follow a first attempt that sent.
            easy.sentBytes == 0 ? .safe : .outcomeUnknown
        }
    }

    private func fault(_ result: CURLcode) -> HTTPFault {
        switch result {
        case CURLE_URL_MALFORMAT:
            .badURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
            .connectFailed
        case CURLE_OPERATION_TIMEDOUT:
            .connectFailed  // the only clock of libcurl's that is set
        case CURLE_SSL_CACERT_BADFILE:
            .badConfiguration
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_PARTIAL_FILE:
            .truncated
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            hasHead ? .truncated : .closed
        case CURLE_OUT_OF_MEMORY where isConnected && !hasHead:
            .headerTooLarge  // so does libcurl 7.88 call a line of more than 100 KiB
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_HTTP_RETURNED_ERROR:
            .badResponse
        default:
            .internalFailure
        }
    }
}
