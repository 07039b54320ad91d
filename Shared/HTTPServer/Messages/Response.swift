package import JSON

/// What a handler answers.
package struct Response: Sendable {
    /// A response's content.
    package enum Body: Sendable {
        /// Nothing.
        case none
        /// Bytes that are all there.
        case bytes([UInt8])
        /// Bytes that are yet to be made; the closure runs while they are sent, on the request's task.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    /// The status.
    package var status: HTTPStatus
    /// The fields that the handler sets; the server adds its own.
    package var headers: HTTPHeaders
    /// The content.
    package var body: Body
    /// Whether the answer to a GET carries an `ETag` and is compared with `If-None-Match`; by default JSON's does.
    package var isRevalidated: Bool?
    /// Whether the connection ends after this response.
    var closesConnection = false
    /// Whether it goes on for as long as the client likes, and mostly waits: a stream of events.
    var isLasting = false

    /// Makes a response.
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

    /// A `Permissions-Policy` that takes from a page what no page here uses.
    package static let noPermissions =
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()"

    /// Plain text in UTF-8.
    package static func text(_ text: String, status: HTTPStatus = .ok) -> Response {
        .bytes([UInt8](text.utf8), contentType: "text/plain; charset=utf-8", status: status)
    }

    /// An answer that is made while it is sent.
    ///
    /// The head goes out before `write` runs: what it throws cuts the connection, so that the client sees that the
    /// answer is not whole. `ResponseWriter.write(_:)` throws ``ClientDisconnected`` when nobody reads any more.
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
