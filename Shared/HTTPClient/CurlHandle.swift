internal import CLibCurl

/// A libcurl handle, which keeps its connection for the next request.
///
/// Safety: libcurl allows a handle on any thread, but on one at a time. ``WebClient`` gives a handle to one request
/// until that is over, so it is `@unchecked Sendable`.
final class CurlHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    /// libcurl must be set up once, before any handle.
    static let isReady = CLibCurl_initialize() == CURLE_OK

    /// A new handle; `nil` if there is no memory for it.
    init?() {
        guard Self.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    /// The part of an answer that has arrived.
    private struct Content {
        var bytes: [UInt8] = []
        let limit: Int
        var isTooLong = false
    }

    /// Gets a resource or posts a body to it; blocks until there is an answer or the time-out.
    func send(
        _ body: RequestBody?,
        header: String?,
        to url: String,
        timeout: Duration,
        maximumBytes: Int
    ) throws(HTTPClientError) -> WebClient.Answer {
        var content = Content(limit: maximumBytes)
        var head = CLibCurl_Head()
        let code = withUnsafeMutablePointer(to: &content) { content in
            (body?.bytes ?? []).withUnsafeBytes { bytes in
                let texts = [url, body?.type.header ?? header, body?.credentials?.user, body?.credentials?.password]
                return Self.withCStrings(texts) { texts in
                    var request = CLibCurl_Request(
                        url: texts[0],
                        milliseconds: max(Int(timeout / .milliseconds(1)), 1),
                        body: body == nil ? nil : bytes.baseAddress,
                        length: bytes.count,
                        header: texts[1],
                        user: texts[2],
                        password: texts[3],
                        context: content,
                        take: Self.take
                    )
                    return CLibCurl_send(handle, &request, &head)
                }
            }
        }
        if content.isTooLong { throw HTTPClientError(.tooLong) }
        switch code {
        case CURLE_OK:
            let cacheControl = head.cache_control.map { String(cString: $0) }
            return WebClient.Answer(status: head.status, cacheControl: cacheControl, body: content.bytes)
        case CURLE_OPERATION_TIMEDOUT: throw HTTPClientError(.timedOut, curlCode: code.rawValue)
        default: throw HTTPClientError(.failed, curlCode: code.rawValue)
        }
    }

    /// Calls `body` with the texts as C strings, in order; they are valid during the call.
    private static func withCStrings<Result>(
        _ texts: [String?],
        _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        var pointers: [UnsafePointer<CChar>?] = []
        func next() -> Result {
            guard pointers.count < texts.count else { return body(pointers) }
            guard let text = texts[pointers.count] else {
                pointers.append(nil)
                return next()
            }
            return text.withCString { pointer in
                pointers.append(pointer)
                return next()
            }
        }
        return next()
    }

    /// Receives a part of the content; accepting less than there is ends the request.
    private static let take: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int =
        {
            bytes,
            size,
            count,
            context in
            guard let bytes, let content = context?.assumingMemoryBound(to: Content.self) else { return 0 }
            let length = size * count
            guard content.pointee.bytes.count + length <= content.pointee.limit else {
                content.pointee.isTooLong = true
                return 0
            }
            // Safety: libcurl's buffer is valid during this call, and `send` keeps the content alive meanwhile.
            content.pointee.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
            return length
        }
}
