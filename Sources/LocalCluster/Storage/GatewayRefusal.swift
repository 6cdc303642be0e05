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

    static func invalid(_ message: String) -> Self { Self(code: .invalidArgument, message: message) }
    /// What the driver behind the SDK refuses.
    static func driver(_ message: String) -> Self { Self(code: .internalError, message: message) }
    static func exists(_ message: String) -> Self { Self(code: .alreadyExists, message: message) }
    static func noVolume(_ id: String) -> Self { Self(code: .notFound, message: "Volume id \(id) not found") }
}
