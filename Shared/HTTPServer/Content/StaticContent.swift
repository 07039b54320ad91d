/// Constant content, which is tagged and compressed once.
package struct StaticContent: Sendable {
    /// The content.
    package let bytes: [UInt8]
    /// The entity tag; see RFC 9110, section 8.8.3.
    package let tag: String
    /// The size for clients that accept gzip.
    package var compressedCount: Int { compressed?.count ?? bytes.count }

    private let contentType: String
    private let compressed: [UInt8]?

    /// Tags and compresses content; O(bytes), some 20 ns each.
    package init(_ bytes: [UInt8], contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
        tag = EntityTag.strong(bytes)
        let smaller = ContentCoding.isCompressible(contentType) ? Deflater()?.compress(bytes, flush: .finish) : nil
        compressed = smaller.flatMap { $0.count < bytes.count ? $0 : nil }
    }

    /// The answer to a GET: compressed if the client accepts gzip, 304 if it already has the content.
    package func response(
        to request: Request,
        status: HTTPStatus = .ok,
        headers: HTTPHeaders = [:]
    ) -> Response {
        var response = Response.bytes(bytes, contentType: contentType, status: status, headers: headers)
        response.isRevalidated = true
        response.headers["ETag"] = tag
        guard let compressed else { return response }
        response.headers.vary(on: "Accept-Encoding")
        guard ContentCoding.acceptsGzip(request.headers["Accept-Encoding"]) else { return response }
        response.body = .bytes(compressed)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["ETag"] = EntityTag.weak(tag)
        return response
    }
}
