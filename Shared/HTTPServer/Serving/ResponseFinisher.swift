import Observability

/// Completes a handler's response: entity tag, compression, and the common fields.
struct ResponseFinisher: Sendable {
    private let crossOrigin: CrossOrigin
    private let compressionThreshold: Int

    init(_ configuration: HTTPServerConfiguration) {
        crossOrigin = CrossOrigin(allowed: configuration.allowedOrigins)
        compressionThreshold = configuration.compressionThreshold
    }

    /// The answer to send, and the producer of its bytes if it is a stream.
    struct Finished {
        let answer: PreparedAnswer
        let stream: (@Sendable (ResponseWriter) async throws -> Void)?
        let isCompressed: Bool
    }

    /// Finishes a response to a request.
    func finish(_ response: Response, to request: Request) -> Finished {
        var headers = response.headers
        var status = response.status
        let contentType = headers["Content-Type"]
        let isRead = request.method == .get || request.method == .head
        var content: [UInt8]?
        var stream: (@Sendable (ResponseWriter) async throws -> Void)?
        switch response.body {
        case .none: content = []
        case .bytes(let bytes): content = bytes
        case .stream(let produce): stream = produce
        }

        if isRead, status == .ok, let bytes = content, response.isRevalidated ?? ContentCoding.isJSON(contentType) {
            let tag = headers["ETag"] ?? EntityTag.strong(bytes)
            headers["ETag"] = tag
            if EntityTag.matches(request.headers["If-None-Match"], tag) {
                status = .notModified
            }
        }
        if !status.allowsBody {
            content = []
            stream = nil
            if status == .notModified {
                headers["Content-Type"] = nil
            }
        }

        let isCompressed = compress(&headers, &content, contentType: contentType, status: status, for: request)
        addCommon(&headers, id: request.id, answering: request.headers, request.method)
        let answer = PreparedAnswer(
            status: status,
            headers: headers,
            body: content.map { .bytes($0) } ?? .stream,
            closesConnection: response.closesConnection,
            isLasting: response.isLasting
        )
        return Finished(answer: answer, stream: request.method == .head ? nil : stream, isCompressed: isCompressed)
    }

    /// Compresses content; returns whether a stream must be compressed.
    private func compress(
        _ headers: inout HTTPHeaders,
        _ content: inout [UInt8]?,
        contentType: String?,
        status: HTTPStatus,
        for request: Request
    ) -> Bool {
        // Short content first, because nearly all is short.
        if content?.count ?? .max < compressionThreshold, status != .notModified { return false }
        guard ContentCoding.isCompressible(contentType), headers["Content-Encoding"] == nil else { return false }
        headers.vary(on: "Accept-Encoding")
        guard status.allowsBody, ContentCoding.acceptsGzip(request.headers["Accept-Encoding"]) else { return false }
        if let bytes = content {
            guard let deflater = Deflater() else { return false }
            content = deflater.compress(bytes, flush: .finish)
        }
        headers["Content-Encoding"] = "gzip"
        if let tag = headers["ETag"] {
            headers["ETag"] = EntityTag.weak(tag)
        }
        return true
    }

    private func addCommon(
        _ headers: inout HTTPHeaders,
        id: String,
        answering request: HTTPHeaders?,
        _ method: HTTPMethod?
    ) {
        headers.reserveCapacity(headers.fields.count + 7)
        headers.add("X-Request-Id", id)
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add("Cross-Origin-Resource-Policy", "same-origin")
        // Nearly all answers are about persons; others set the header themselves.
        if headers["Cache-Control"] == nil {
            headers.add("Cache-Control", "private, no-store")
        }
        crossOrigin.add(to: &headers, answering: request, method)
    }

    /// Completes a problem that occurred before the request existed.
    ///
    /// - Parameters:
    ///   - problem: the problem.
    ///   - id: the request's id.
    ///   - head: the request's head, if it could be parsed.
    /// - Returns: the answer to send.
    func finish(_ problem: Problem, id: String, answering head: RequestHead? = nil) -> PreparedAnswer {
        let response = problem.response(instance: id)
        var headers = response.headers
        addCommon(&headers, id: id, answering: head?.headers, head?.method)
        guard case .bytes(let bytes) = response.body else {
            return PreparedAnswer(status: problem.status, headers: headers, body: .bytes([]), closesConnection: true)
        }
        return PreparedAnswer(
            status: problem.status,
            headers: headers,
            body: .bytes(bytes),
            closesConnection: problem.closesConnection
        )
    }
}
