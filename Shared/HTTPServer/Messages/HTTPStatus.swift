/// The status of a response.
package struct HTTPStatus: Hashable, Sendable {
    /// The three-digit code.
    package let code: Int

    /// A status by its code; only codes from 200 to 599 can be sent.
    package init(code: Int) {
        self.code = code
    }

    /// The request succeeded.
    package static let ok = HTTPStatus(code: 200)
    /// A resource was created; `Location` has its path.
    package static let created = HTTPStatus(code: 201)
    /// The request succeeded without content.
    package static let accepted = HTTPStatus(code: 202)
    package static let noContent = HTTPStatus(code: 204)
    /// Each item has its own verdict: Multi-Status of RFC 4918.
    // swift-format-ignore: DontRepeatTypeInStaticProperties
    package static let multiStatus = HTTPStatus(code: 207)
    /// The client's copy is current.
    package static let notModified = HTTPStatus(code: 304)
    /// The request is malformed.
    package static let badRequest = HTTPStatus(code: 400)
    /// The client must authenticate.
    package static let unauthorized = HTTPStatus(code: 401)
    /// The client is not permitted to do this.
    package static let forbidden = HTTPStatus(code: 403)
    /// The resource does not exist.
    package static let notFound = HTTPStatus(code: 404)
    /// The resource does not support the method; `Allow` lists the supported ones.
    package static let methodNotAllowed = HTTPStatus(code: 405)
    /// No form that the client accepts is available.
    package static let notAcceptable = HTTPStatus(code: 406)
    /// The request conflicts with the stored state.
    package static let conflict = HTTPStatus(code: 409)
    /// The body exceeds the limit.
    package static let contentTooLarge = HTTPStatus(code: 413)
    /// The body's type or coding is not supported.
    package static let unsupportedMediaType = HTTPStatus(code: 415)
    /// The body is well-formed but invalid.
    package static let unprocessableContent = HTTPStatus(code: 422)
    /// The client sends too many requests.
    package static let tooManyRequests = HTTPStatus(code: 429)
    /// The server failed.
    package static let internalServerError = HTTPStatus(code: 500)
    /// The server does not support this feature of the protocol.
    package static let notImplemented = HTTPStatus(code: 501)
    /// The server is busy, starting or stopping; `Retry-After` says when to retry.
    package static let serviceUnavailable = HTTPStatus(code: 503)

    /// The phrase of RFC 9110, which is also the title of a ``Problem`` of type `about:blank`.
    package var reason: String {
        switch code {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 207: "Multi-Status"
        case 304: "Not Modified"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status \(code)"
        }
    }

    /// Whether a response of this status may have a body (RFC 9110, section 6.4.1).
    var allowsBody: Bool { code >= 200 && code != 204 && code != 304 }
}
