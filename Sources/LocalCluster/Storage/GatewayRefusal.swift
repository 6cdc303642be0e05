/// An error as the SDK's gateway answers it.
///
/// - Source: `recordings/openstorage/sdk-rest`; facts on Portworx, §3.
struct GatewayRefusal: Error, Hashable {
    /// gRPC's status codes, of which the gateway uses these.
    enum Code: Int64, Hashable, Sendable {
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case aborted = 10
        case internalError = 13

        /// What grpc-gateway makes of it.
        var httpStatus: Int {
            switch self {
            case .invalidArgument: 400
            case .deadlineExceeded: 504
            case .notFound: 404
            case .alreadyExists, .aborted: 409
            case .unknown, .internalError: 500
            }
        }
    }

    let code: Code
    let message: String

    /// `{error, code, message}`; the gateway adds `details` only when there are any, and here there are none.
    var body: JSONValue {
        .message(["error": .string(message), "code": .integer(code.rawValue), "message": .string(message)])
    }

    /// A fault's, with the code that grpc-gateway makes such a status of.
    static func fault(_ status: Int) -> GatewayAnswer {
        let codes: [Int: Int64] = [
            400: 3, 401: 16, 403: 7, 404: 5, 408: 1, 409: 10, 429: 8, 500: 13, 501: 12, 503: 14, 504: 4,
        ]
        let message = JSONValue.string("a fault of the stand-in, put on purpose")
        let code = JSONValue.integer(codes[status] ?? 2)
        return .json(status, .message(["error": message, "code": code, "message": message]))
    }

    static func invalid(_ message: String) -> Self { Self(code: .invalidArgument, message: message) }
    /// What the driver behind the SDK refuses.
    static func driver(_ message: String) -> Self { Self(code: .internalError, message: message) }
    static func exists(_ message: String) -> Self { Self(code: .alreadyExists, message: message) }
    static func noVolume(_ id: String) -> Self { Self(code: .notFound, message: "Volume id \(id) not found") }
}
