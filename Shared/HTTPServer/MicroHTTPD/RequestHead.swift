import CMicroHTTPD

/// A request's head, checked against request smuggling: for what libmicrohttpd accepts and a proxy may read
/// differently.
struct RequestHead {
    let method: HTTPMethod
    let target: String
    let headers: HTTPHeaders
    /// `nil` without one, or if the body is chunked.
    let contentLength: Int?
    let isChunked: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    let awaitsContinue: Bool
    /// Whether the client does not understand chunks.
    let isVersion10: Bool

    var hasBody: Bool { isChunked || contentLength ?? 0 > 0 }

    /// Checks and copies what libmicrohttpd has parsed.
    ///
    /// - Parameters:
    ///   - connection: the connection.
    ///   - method: the start of the head in libmicrohttpd's buffer.
    ///   - url: the target in that buffer.
    ///   - version: the version in that buffer.
    ///   - target: the target as received, up to the first NUL.
    /// - Throws: a 400 or 501 problem that ends the connection.
    init(
        connection: OpaquePointer,
        method: UnsafePointer<CChar>,
        url: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>,
        target: String
    ) throws(Problem) {
        let headers = try RequestHead.headers(connection, method: method, version: version)
        guard version - url == target.utf8.count + 1, target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw RequestHead.refuse("The request's target holds a control character.")
        }
        self.method = HTTPMethod(rawValue: String(cString: method))
        self.target = RequestHead.originForm(target)
        self.headers = headers

        var hosts = 0
        var lengths: [String] = []
        var codings: [String] = []
        var expectation: String?
        for field in headers.fields {
            switch field.name.text.utf8.count {
            case 4 where field.name == "Host": hosts += 1
            case 14 where field.name == "Content-Length": lengths.append(field.value)
            case 17 where field.name == "Transfer-Encoding": codings.append(field.value)
            case 6 where field.name == "Expect": expectation = field.value
            default: break
            }
        }
        guard hosts <= 1 else { throw RequestHead.refuse("The request has more than one Host field.") }
        guard codings.isEmpty || lengths.isEmpty else {
            throw RequestHead.refuse("The request has both Content-Length and Transfer-Encoding.")
        }
        guard lengths.allSatisfy({ $0 == lengths[0] }) else {
            throw RequestHead.refuse("The request has Content-Length fields that differ.")
        }
        isChunked = !codings.isEmpty
        isVersion10 = String(cString: version) == "HTTP/1.0"
        if isChunked {
            guard !isVersion10 else { throw RequestHead.refuse("HTTP/1.0 knows no Transfer-Encoding.") }
            guard codings.count == 1, ASCII.equalIgnoringCase(codings[0].utf8, "chunked".utf8) else {
                var problem = Problem(.notImplemented, "Of the transfer codings only chunked is understood.")
                problem.closesConnection = true
                throw problem
            }
        }
        contentLength = lengths.first.map { Int($0) ?? .max }
        awaitsContinue =
            !isVersion10 && expectation.map { ASCII.equalIgnoringCase($0.utf8, "100-continue".utf8) } == true
    }

    private static func refuse(_ detail: String) -> Problem {
        var problem = Problem(.badRequest, detail)
        problem.closesConnection = true
        return problem
    }

    /// The path and query of a target in absolute form, which proxies may send (RFC 9112, section 3.2.2).
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") else { return target }
        let rest = target[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }

    /// Reads the fields, and checks that they cover every byte of the head.
    ///
    /// libmicrohttpd parses in place: it writes NULs over colons and line ends, and returns pointers into its buffer.
    /// So each field must begin where the previous one ended. A NUL in the request hides the rest of its line, and a
    /// folded line is copied elsewhere; both leave a gap. From version 1.0 on, libmicrohttpd refuses all this by
    /// itself.
    private static func headers(
        _ connection: OpaquePointer,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) throws(Problem) -> HTTPHeaders {
        var cursor = version
        while cursor.pointee != 0 { cursor += 1 }
        var reader = HeadReader(cursor: cursor)
        reader.headers.reserveCapacity(8)
        // Safety: libmicrohttpd calls back only within this call and on this thread, so the pointer to `reader` is used
        // in its scope. The texts are in the connection's buffer, which lives until the request is over.
        withUnsafeMutablePointer(to: &reader) { reader in
            _ = MHD_get_connection_values_n(connection, CMicroHTTPD_headerKind, readField, reader)
        }
        guard reader.isWhole, reader.endsHead(at: method + CMicroHTTPD_headSize(connection)) else {
            throw refuse("The request's head has a field that is folded, unnamed, or holds a control character.")
        }
        return reader.headers
    }
}

/// Follows the fields through the buffer.
private struct HeadReader {
    /// The NUL after the last line.
    var cursor: UnsafePointer<CChar>
    var isWhole = true
    var headers: HTTPHeaders = [:]

    /// Skips a line end: CRLF or LF, which libmicrohttpd has replaced by two NULs or one.
    ///
    /// Version 1.0 leaves the LF. If it has trimmed blanks after a value, it writes the NUL over the first one and
    /// leaves the others and the CR.
    private static func next(after end: UnsafePointer<CChar>) -> UnsafePointer<CChar> {
        var next = end + 1
        var blanks = next
        while blanks.pointee == CChar(ASCII.space) || blanks.pointee == CChar(ASCII.tab) { blanks += 1 }
        if blanks[0] == CChar(ASCII.carriageReturn), blanks[1] == CChar(ASCII.lineFeed) { next = blanks + 1 }
        return next.pointee == 0 || next.pointee == CChar(ASCII.lineFeed) ? next + 1 : next
    }

    mutating func read(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        cursor = HeadReader.next(after: cursor)
        guard name.isEmpty == false, HeadReader.position(name) == cursor, name.allSatisfy(ASCII.isToken) else {
            isWhole = false
            return
        }
        cursor += name.count + 1
        while cursor.pointee == CChar(ASCII.space) || cursor.pointee == CChar(ASCII.tab) { cursor += 1 }
        guard value.isEmpty || HeadReader.position(value) == cursor, value.allSatisfy(ASCII.isFieldValue) else {
            isWhole = false
            return
        }
        cursor += value.count
        var end = value.count
        while end > 0, value[end - 1] == ASCII.space || value[end - 1] == ASCII.tab { end -= 1 }
        headers.add(
            HeaderName(String(decoding: name, as: UTF8.self)),
            String(decoding: value.prefix(end), as: UTF8.self)
        )
    }

    /// Whether only the last line's end and the empty line are left before the end of the head.
    func endsHead(at end: UnsafePointer<CChar>) -> Bool {
        let emptyLine = HeadReader.next(after: cursor)
        let lineEnd = [0, CChar(ASCII.carriageReturn), CChar(ASCII.lineFeed)]
        return (0...2).contains(end - emptyLine)
            && (0..<(end - emptyLine)).allSatisfy { lineEnd.contains(emptyLine[$0]) }
    }

    private static func position(_ text: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar>? {
        text.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
    }
}

/// Called by libmicrohttpd for each field in order.
private func readField(
    context: UnsafeMutableRawPointer?,
    kind: MHD_ValueKind,
    name: UnsafePointer<CChar>?,
    nameSize: Int,
    value: UnsafePointer<CChar>?,
    valueSize: Int
) -> MHD_Result {
    guard let context, let name else { return CMicroHTTPD_no }
    let reader = context.assumingMemoryBound(to: HeadReader.self)
    guard reader.pointee.isWhole else { return CMicroHTTPD_no }
    reader.pointee.read(
        name: UnsafeBufferPointer(start: UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self), count: nameSize),
        value: UnsafeBufferPointer(
            start: value.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) },
            count: value == nil ? 0 : valueSize
        )
    )
    return CMicroHTTPD_yes
}
