import Testing

@testable import XML

@Suite struct XMLReaderTests {
    private static func read(_ text: String, pieces: Int = .max) throws -> [XMLEvent] {
        try read(Array(text.utf8), pieces: pieces)
    }

    private static func read(_ bytes: [UInt8], pieces: Int = .max) throws -> [XMLEvent] {
        let reader = XMLReader()
        var events: [XMLEvent] = []
        let size = min(pieces, max(bytes.count, 1))
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += reader.read(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        events += reader.finish()
        if let failure = reader.failure { throw failure }
        return joined(events)
    }

    /// The events with neighbouring texts joined, since pieces cut texts.
    private static func joined(_ events: [XMLEvent]) -> [XMLEvent] {
        events.reduce(into: []) { joined, event in
            if case .text(let more) = event, case .text(let text) = joined.last {
                joined[joined.count - 1] = .text(text + more)
            } else {
                joined.append(event)
            }
        }
    }

    private static func error(_ text: String) -> XMLError? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error as? XMLError
        }
    }

    @Test(arguments: [1, 2, 7, 1_000]) func readsTheSameHoweverItArrives(pieces: Int) throws {
        let text = #"<?xml version="1.0"?><gpx:a b="1" c="&lt;é"><d/>x &amp; y<!-- no --></gpx:a>"#
        let events = try Self.read(text, pieces: pieces)
        #expect(
            events == [
                .start("a", [XMLAttribute(name: "b", value: "1"), XMLAttribute(name: "c", value: "<é")], offset: 21),
                .start("d", [], offset: 45), .end("d"), .text("x & y"), .end("a"),
            ]
        )
    }

    @Test func readsTheEncodingsOfExpat() throws {
        let declared = Array(#"<?xml version="1.0" encoding="ISO-8859-1"?><a>"#.utf8) + [0xE9] + Array("</a>".utf8)
        #expect(try Self.read(declared)[1] == .text("é"))
        let wide = "\u{FEFF}<a>é</a>".utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(try Self.read(wide)[1] == .text("é"))
    }

    /// A billion laughs, and a file of the server's.
    @Test(arguments: [
        #"<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"#,
        #"<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>"#,
        #"<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>"#,
    ])
    func refusesDocumentTypes(text: String) {
        #expect(Self.error(text)?.code == .documentType)
    }

    @Test func refusesUnknownEntities() {
        #expect(Self.error("<a>&b;</a>")?.code == .malformed("undefined entity"))
    }

    @Test func boundsTheDepth() throws {
        let deep = { (count: Int) in
            String(repeating: "<a>", count: count) + String(repeating: "</a>", count: count)
        }
        #expect(try Self.read(deep(XMLReader.maximumDepth)).count == 2 * XMLReader.maximumDepth)
        #expect(Self.error(deep(XMLReader.maximumDepth + 1))?.code == .tooDeep)
    }

    @Test func boundsATag() throws {
        let reader = XMLReader()
        _ = reader.read(Array("<a b=\"".utf8))
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        for _ in 0..<100 { _ = reader.read(piece) }
        #expect(reader.failure?.code == .tooLong)
    }

    @Test func readsWhatIsBeforeTheDamage() {
        let reader = XMLReader()
        #expect(reader.read(Array("<a><b/>&c;</a>".utf8)).count == 3)
        #expect(reader.failure?.offset == 7)
        #expect(reader.read(Array("<d/>".utf8)).isEmpty)
        #expect(reader.finish().isEmpty)
    }

    @Test func saysWhereTheTextIsMalformed() {
        #expect(Self.error("<a>\n<b></a>") == XMLError(.malformed("mismatched tag"), offset: 9, line: 2))
        for text in ["<a>", "<a", "<a>x</", "", " "] { #expect(Self.error(text)?.code == .unexpectedEnd) }
    }
}
