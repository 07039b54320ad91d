import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func writesNestedValuesWithCommas() {
        let bytes = JSONWriter.object { writer in
            writer.member("id", 7)
            writer.member("name", "Zoë \"Z\" \\ \u{1}\n😀")
            writer.array("list") { writer in
                for number in [1.5, -0.000_000_1, .nan] { writer.value(number) }
                writer.value(true)
                writer.null()
                writer.object { _ in }
            }
            writer.array("squares", of: 1...3) { $0.value($1 * $1) }
            writer.object("inner") { $0.member("last", false) }
        }
        let expected =
            #"{"id":7,"name":"Zoë \"Z\" \\ \u0001\n😀","list":[1.5,-1e-07,null,true,null,{}],"squares":[1,4,9],"inner":{"last":false}}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func continuesBehindBytesThatWereTaken() {
        var writer = JSONWriter()
        writer.begin(.array)
        writer.value(1)
        let first = writer.takeBytes()
        writer.value(2)
        writer.end(.array)
        #expect(String(decoding: first + writer.bytes, as: UTF8.self) == "[1,2]")
    }

    @Test func writesLines() {
        var writer = JSONWriter()
        writer.value(1)
        writer.endLine()
        writer.value("two")
        writer.endLine()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "1\n\"two\"\n")
    }

    /// Integers at which the number of digits changes, and the extremes.
    private static let integers: [Int64] = {
        let powers = sequence(first: Int64(1)) { $0 > .max / 10 ? nil : $0 * 10 }
        return powers.reduce(into: [.min, .max, 1_005, 12_345]) { $0 += [$1 - 1, $1, -$1, 1 - $1] }
    }()

    @Test(arguments: integers) func writesIntegersInDecimal(integer: Int64) {
        let bytes = JSONWriter.bytes {
            $0.array { writer in
                writer.value(integer)
                writer.value(Int128(integer))
                writer.object("id", integer)
                writer.object("i", integer)
            }
        }
        let text = #"[\#(integer),\#(integer),{"id":\#(integer)},{"i":\#(integer)}]"#
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func outputReadsBack() throws {
        let strings = ["", "a", "\0\u{7F}\u{80}\u{2028}", "\\\"/", String(repeating: "é", count: 5000)]
        for string in strings {
            var writer = JSONWriter()
            writer.value(string)
            var reader = JSONReader(writer.bytes)
            #expect(try reader.readString() == string)
            try reader.finish()
        }
    }
}
