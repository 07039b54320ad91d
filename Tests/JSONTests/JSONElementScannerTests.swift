import JSON
import Testing

@Suite struct JSONElementScannerTests {
    private struct Found: Equatable {
        var member: String?
        var text: String
        var offset: Int
    }

    private static func scan(_ text: String, pieces: Int = .max, maximum: Int = 100) throws -> [Found] {
        let bytes = Array(text.utf8)
        var scanner = JSONElementScanner(maximumElement: maximum, maximumDepth: 8)
        var found: [Found] = []
        let size = min(pieces, max(bytes.count, 1))
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            var position = 0
            while let element = try scanner.next(
                in: piece,
                from: &position,
                choose: { name, _ in name == "all" ? .enter : name == "whole" ? .take : .skip }
            ) {
                let text = element.isTooLong ? "…" : String(decoding: element.text[element.range], as: UTF8.self)
                found.append(Found(member: element.member, text: text, offset: element.offset))
            }
        }
        try scanner.finish()
        return found
    }

    private static func error(_ text: String) -> JSONError? {
        do {
            _ = try scan(text)
            return nil
        } catch {
            return error as? JSONError
        }
    }

    @Test(arguments: [1, 2, 3, 5, 1_000]) func cutsTheSameHoweverItArrives(pieces: Int) throws {
        let text = #" {"no" : [1, {"all": [2]}], "all":[{"a":"]}\""} , 7,"x",[ [] ]] ,"whole":{"b":[1]},"all":"s"} "#
        #expect(
            try Self.scan(text, pieces: pieces) == [
                Found(member: "all", text: #"{"a":"]}\""}"#, offset: 35),
                Found(member: "all", text: "7", offset: 50),
                Found(member: "all", text: #""x""#, offset: 52),
                Found(member: "all", text: "[ [] ]", offset: 56),
                Found(member: "whole", text: #"{"b":[1]}"#, offset: 73),
            ]
        )
        #expect(
            try Self.scan(#"[{"a":1},[2] ,null]"#, pieces: pieces).map(\.text) == [#"{"a":1}"#, "[2]", "null"]
        )
        #expect(try Self.scan("[]", pieces: pieces) == [])
        #expect(try Self.scan(#"{"all":[]}"#, pieces: pieces) == [])
    }

    @Test(arguments: [1, 7, 1_000]) func skipsValuesThatAreTooLong(pieces: Int) throws {
        let long = String(repeating: "x", count: 200)
        let found = try Self.scan(#"[{"a":"\#(long)"},{"b":1}]"#, pieces: pieces)
        #expect(found.map(\.text) == ["…", #"{"b":1}"#])
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd, 0), (#"{"all":[{"a":1}"#, .unexpectedEnd, 15), ("[1", .unexpectedEnd, 2),
            ("[1]]", .trailingBytes, 3), ("[1 2]", .unexpectedByte, 3), ("[{]}", .unexpectedByte, 2),
            (#"{"all" 1}"#, .unexpectedByte, 7), ("{all:1}", .unexpectedByte, 1), (#"{"a":1,}"#, .unexpectedByte, 7),
            ("[[[[[[[[[[]]]]]]]]]]", .tooDeep, 9), ("[<html>]", .unexpectedByte, 1), ("[1,]", .unexpectedByte, 3),
        ] as [(String, JSONError.Code, Int)]
    )
    func saysWhereTheDocumentIsMalformed(text: String, code: JSONError.Code, offset: Int) {
        #expect(Self.error(text) == JSONError(code, offset: offset))
    }
}
