/// A response with all its fields, ready to send.
struct PreparedAnswer: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// The exchange's outbound buffer.
        case stream
    }

    let status: HTTPStatus
    var headers: HTTPHeaders
    let body: Body
    /// Whether the connection ends after it.
    var closesConnection: Bool
    /// Whether it is an event stream.
    var isLasting = false

    /// The size from which an answer is not sent past libmicrohttpd, because it must fit into a socket's buffer.
    private static let largestLast = 16_384

    /// The encoded answer, to be sent as a connection's last; `nil` if it is too long.
    func wireBytes(isHead: Bool) -> [UInt8]? {
        guard case .bytes(let content) = body, content.count <= PreparedAnswer.largestLast else { return nil }
        var text = "HTTP/1.1 \(status.code) \(status.reason)\r\nDate: \(HTTPDate.now())\r\nConnection: close\r\n"
        // libmicrohttpd itself omits malformed fields.
        for field in headers.fields where field.isWellFormed {
            text += "\(field.name.text): \(field.value)\r\n"
        }
        if status.allowsBody {
            text += "Content-Length: \(content.count)\r\n"
        }
        text += "\r\n"
        return Array(text.utf8) + (isHead || !status.allowsBody ? [] : content)
    }
}
