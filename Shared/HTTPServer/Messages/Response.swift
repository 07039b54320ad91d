package import JSON

/// An answer of a handler.
package struct Response: Sendable {
    /// The content of a response.
    package enum Body: Sendable {
        /// No content.
        case none
        /// Bytes in memory.
        case bytes([UInt8])
        /// Streamed bytes; the closure runs on the request's task while they are sent.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    /// The status.
    package var status: HTTPStatus
    /// The handler's fields; the server adds its own.
    package var headers: HTTPHeaders
    /// The content.
    package var body: Body
    /// Whether the answer to a GET has an `ETag` and is compared with `If-None-Match`; by default only JSON.
    package var isRevalidated: Bool?
    /// Whether the connection ends after this response.
    var closesConnection = false
    /// Whether the response is an event stream, which mostly waits and lasts as long as the client.
    var isLasting = false
    /// Waits until the streamed content has to end, whatever its closure is doing; `nil` if only the closure ends it.
    var end: (@Sendable () async throws -> Void)?

    /// A response.
    package init(status: HTTPStatus = .ok, headers: HTTPHeaders = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON answer.
    ///
    /// - Parameters:
    ///   - status: the status.
    ///   - headers: further fields.
    ///   - write: writes exactly one JSON value.
    /// - Returns: a response of type `application/json`.
    /// - Throws: what `write` throws.
    package static func json(
        status: HTTPStatus = .ok,
        headers: HTTPHeaders = [:],
        _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter()
        try write(&writer)
        return .bytes(writer.bytes, contentType: "application/json", status: status, headers: headers)
    }

    /// An answer of the given type.
    package static func bytes(
        _ bytes: [UInt8],
        contentType: String,
        status: HTTPStatus = .ok,
        headers: HTTPHeaders = [:]
    ) -> Response {
        var response = Response(status: status, headers: headers, body: .bytes(bytes))
        response.headers["Content-Type"] = contentType
        return response
    }

    /// A `Permissions-Policy` that disables features that no page here uses.
    package static let noPermissions =
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()"

    /// Plain text in UTF-8.
    package static func text(_ text: String, status: HTTPStatus = .ok) -> Response {
        .bytes([UInt8](text.utf8), contentType: "text/plain; charset=utf-8", status: status)
    }

    /// A streamed answer.
    ///
    /// The head is sent before `write` runs. If `write` throws, the connection is cut, so the client notices that the
    /// answer is incomplete. `ResponseWriter.write(_:)` throws ``ClientDisconnected`` after the client has
    /// disconnected.
    package static func stream(
        contentType: String,
        status: HTTPStatus = .ok,
        headers: HTTPHeaders = [:],
        _ write: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> Response {
        var response = Response(status: status, headers: headers, body: .stream(write))
        response.headers["Content-Type"] = contentType
        return response
    }

    /// 204, no content.
    package static var noContent: Response { Response(status: .noContent) }
}
