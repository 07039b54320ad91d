internal import CExpat

/// Reads an XML document in pieces as they arrive, by expat; holds one unfinished tag at most.
///
/// It refuses document types, and with them every entity but the five of XML itself: no document can refer to a file, or grow
/// while it is read. It accepts UTF-8, UTF-16, ISO 8859-1 and ASCII. Used by one task.
package final class XMLReader {
    /// How deep elements may be nested.
    package static let maximumDepth = 64
    /// The most bytes of a tag, a comment or an instruction.
    package static let maximumToken = 1 << 18

    private let parser: XML_Parser?
    private var events: [XMLEvent] = []
    private var depth = 0
    private var refusal: XMLError.Code?
    private var count = 0

    /// - Parameter isUTF8: whether the text was converted to UTF-8, regardless of its declaration.
    package init(isUTF8: Bool = false) {
        parser = isUTF8 ? XML_ParserCreate("UTF-8") : XML_ParserCreate(nil)
        // Safety: the parser lives no longer than this object, and calls back only within `parse`.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { XMLReader.of($0)?.begin($1, $2) },
            { XMLReader.of($0)?.end($1) }
        )
        XML_SetCharacterDataHandler(parser) { XMLReader.of($0)?.add($1, count: $2) }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in XMLReader.of(context)?.refuse(.documentType) }
    }

    deinit {
        if let parser { XML_ParserFree(parser) }
    }

    /// Why the text cannot be read any further; what was read before it counts.
    package private(set) var failure: XMLError?

    /// Reads the next piece.
    ///
    /// - Returns: the parts that ended in it, up to the ``failure`` if there is one.
    package func read(_ bytes: [UInt8]) -> [XMLEvent] {
        count += bytes.count
        parse(bytes, isLast: false)
        if failure == nil, count - offset > Self.maximumToken + bytes.count { failure = error(.tooLong) }
        return takeEvents()
    }

    /// Ends the text; it is a ``failure`` if an element is open, or there is none.
    ///
    /// - Returns: the parts that expat had put off.
    package func finish() -> [XMLEvent] {
        parse([], isLast: true)
        return takeEvents()
    }

    private func takeEvents() -> [XMLEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    private func parse(_ bytes: [UInt8], isLast: Bool) {
        guard failure == nil else { return }
        guard let parser else {
            failure = XMLError(.outOfMemory, offset: 0, line: 1)
            return
        }
        // Safety: expat gets the length, and keeps no pointer beyond the call.
        let status = bytes.withUnsafeBytes { buffer in
            XML_Parse(
                parser,
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(truncatingIfNeeded: buffer.count),
                isLast ? 1 : 0
            )
        }
        guard status == XML_STATUS_ERROR else { return }
        if let refusal {
            failure = error(refusal)
            return
        }
        switch XML_GetErrorCode(parser) {
        case XML_ERROR_NO_MEMORY: failure = error(.outOfMemory)
        case XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN: failure = error(.unexpectedEnd)
        case let code:
            failure = error(.malformed(XML_ErrorString(code).map { String(cString: $0) } ?? "not well-formed"))
        }
    }

    private var offset: Int { max(0, Int(XML_GetCurrentByteIndex(parser))) }

    private func error(_ code: XMLError.Code) -> XMLError {
        XMLError(code, offset: offset, line: Int(XML_GetCurrentLineNumber(parser)))
    }

    // MARK: Called by expat

    private static func of(_ context: UnsafeMutableRawPointer?) -> XMLReader? {
        // Safety: the pointer is that of a reader within its own `parse`.
        context.map { Unmanaged<XMLReader>.fromOpaque($0).takeUnretainedValue() }
    }

    private func refuse(_ code: XMLError.Code) {
        refusal = refusal ?? code
        XML_StopParser(parser, 0)
    }

    private func begin(_ name: UnsafePointer<CChar>?, _ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        guard refusal == nil else { return }
        depth += 1
        guard depth <= Self.maximumDepth else { return refuse(.tooDeep) }
        var attributes: [XMLAttribute] = []
        // Safety: names and values alternate, and a null pointer ends them.
        if var next = list {
            while let name = next[0], let value = next[1] {
                attributes.append(XMLAttribute(name: String(cString: name), value: String(cString: value)))
                next += 2
            }
        }
        events.append(.start(Self.localName(name), attributes, offset: offset))
    }

    private func end(_ name: UnsafePointer<CChar>?) {
        guard refusal == nil else { return }
        depth -= 1
        events.append(.end(Self.localName(name)))
    }

    private func add(_ text: UnsafePointer<CChar>?, count: Int32) {
        guard refusal == nil, let text else { return }
        // Safety: expat states the length of the text, which is valid UTF-8.
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
        events.append(.text(String(decoding: bytes, as: UTF8.self)))
    }

    /// The name without the prefix of its namespace: writers choose prefixes freely.
    private static func localName(_ name: UnsafePointer<CChar>?) -> String {
        guard let name else { return "" }
        let text = String(cString: name)
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return text }
        return String(text[text.index(after: colon)...])
    }
}
