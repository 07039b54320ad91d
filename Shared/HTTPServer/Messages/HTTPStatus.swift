/// The status of a response.
package struct HTTPStatus: Hashable, Sendable {
    /// The three-digit code.
    package let code: Int

    /// Takes a code; only those from 200 to 599 can be sent.
    package init(code: Int) {
        self.code = code
    }

    /// The request succeeded.
    package static let ok = HTTPStatus(code: 200)
    /// Something was created; `Location` says where.
    package static let created = HTTPStatus(code: 201)
    /// The request was taken and will be processed.
    package static let accepted = HTTPStatus(code: 202)
    /// The request succeeded and there is nothing to say.
    package static let noContent = HTTPStatus(code: 204)
    /// Each item has a verdict of its own.
    package static let multi = HTTPStatus(code: 207)
    /// Look elsewhere, with the same method.
    package static let permanentRedirect = HTTPStatus(code: 308)
    /// What the client holds is still true.
    package static let notModified = HTTPStatus(code: 304)
    /// The request is malformed.
    package static let badRequest = HTTPStatus(code: 400)
    /// The client has to say who it is.
    package static let unauthorized = HTTPStatus(code: 401)
    /// The client may not do that.
    package static let forbidden = HTTPStatus(code: 403)
    /// There is no such thing.
    package static let notFound = HTTPStatus(code: 404)
    /// The thing does not know this method; `Allow` lists those it knows.
    package static let methodNotAllowed = HTTPStatus(code: 405)
    /// None of the forms that the client accepts can be made.
    package static let notAcceptable = HTTPStatus(code: 406)
    /// The request contradicts what is stored.
    package static let conflict = HTTPStatus(code: 409)
    /// What the request depended on is no longer true.
    package static let preconditionFailed = HTTPStatus(code: 412)
    /// The body is larger than the server takes.
    package static let contentTooLarge = HTTPStatus(code: 413)
    /// The body's type or coding is not understood.
    package static let unsupportedMediaType = HTTPStatus(code: 415)
    /// The body is well-formed and makes no sense.
    package static let unprocessableContent = HTTPStatus(code: 422)
    /// The client sends too much.
    package static let tooManyRequests = HTTPStatus(code: 429)
    /// A fault of the server.
    package static let internalServerError = HTTPStatus(code: 500)
    /// The server does not know this feature of the protocol.
    package static let notImplemented = HTTPStatus(code: 501)
    /// The server is busy, starting or stopping; `Retry-After` says when to come again.
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
