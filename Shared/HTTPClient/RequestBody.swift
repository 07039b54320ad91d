/// The body of a POST, and its sender's credentials.
struct RequestBody: Sendable {
    /// The media types in use.
    enum MediaType: Sendable {
        case json
        case form

        /// The line of the request's head.
        var header: String {
            switch self {
            case .json: "Content-Type: application/json"
            case .form: "Content-Type: application/x-www-form-urlencoded"
            }
        }
    }

    /// The content, which is not empty.
    let bytes: [UInt8]
    let type: MediaType
    /// For basic authentication.
    var credentials: (user: String, password: String)?
}
