import JSON
import Testing

@Suite struct JSONReaderTests {
    @Test func readsMembersInOrder() throws {
        var reader = JSONReader(Array(#" {"a": 1, "b": [true, null, "x"], "c": {"d": -2.5e1}} "#.utf8))
        try reader.beginObject()
        #expect(try reader.nextKey() == "a")
        #expect(try reader.readInteger(as: Int.self) == 1)
        #expect(try reader.nextKey() == "b")
        try reader.beginArray()
        #expect(try reader.nextElement())
        #expect(try reader.readBoolean())
        #expect(try reader.nextElement())
        try reader.readNull()
        #expect(try reader.nextElement())
        #expect(try reader.readString() == "x")
        #expect(try !reader.nextElement())
        #expect(try reader.nextKey() == "c")
        try reader.beginObject()
        #expect(try reader.nextKey() == "d")
        #expect(try reader.readDouble() == -25)
        #expect(try reader.nextKey() == nil)
        #expect(try reader.nextKey() == nil)
        try reader.finish()
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\uD83D\uDE00""#, "Aé😀"), (#""é😀\n""#, "é😀\n"), (#""a\u0000b""#, "a\0b"),
    ])
    func resolvesEscapes(text: String, expected: String) throws {
        var reader = JSONReader(Array(text.utf8))
        #expect(try reader.readString() == expected)
        try reader.finish()
    }

    /// Cases of nst/JSONTestSuite (`n_*`), a collection of texts that a parser must reject.
    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{]", "[}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{"a" 1}"#, #"{a:1}"#, #"{1:1}"#, "[01]", "[-01]", "[1.]", "[.5]", "[-]", "[+1]", "[1e]", "[1e+]", "[0x1]",
        "[NaN]", "[Infinity]", "[-Infinity]", "[tru]", "[nul]", "[True]", #"["\x"]"#, #"["\u12"]"#, #"["\u12G4"]"#,
        #"["\uD800"]"#, #"["\uD800\u0041"]"#, #"["\uDC00"]"#, "[\"\u{1}\"]", "[\"a\nb\"]", #"["a]"#, "[1]]", "1 2",
        "[\"a\\", "/* */ 1", "[1e1.5]", "{\"a\":1 \"b\":2}",
    ])
    func rejectsInvalidJSON(text: String) {
        #expect(throws: JSONError.self) {
            var reader = JSONReader(Array(text.utf8))
            try reader.skipValue()
            try reader.finish()
        }
    }

    @Test(arguments: [
        (#"{"a":1,"a":1}"#, 7), (#"{"person_id":1,"person\u005fid":2}"#, 15), (#"[{"a":{"b":1,"c":2,"b":3}}]"#, 19),
        (#"{"a":[{"a":1},{"a":2}],"b":{"a":3},"a":4}"#, 35), (#"{"":1,"":2}"#, 6),
    ])
    func rejectsRepeatedNames(text: String, offset: Int) {
        #expect(throws: JSONError(.repeatedName, offset: offset)) {
            var reader = JSONReader(Array(text.utf8))
            try reader.skipValue()
        }
    }

    @Test(arguments: [3, 16, 17, 40, 10_000]) func findsARepeatedNameAmongMany(count: Int) throws {
        // Each member contains an object with the same names, which do not count as repetitions.
        let inner = (0..<20).map { #""n\#($0)":0"# }.joined(separator: ",")
        let members = (0..<count).map { #""n\#($0)":{\#(inner)}"# }
        var reader = JSONReader(Array("{\(members.joined(separator: ","))}".utf8))
        try reader.skipValue()
        try reader.finish()
        for repeated in [0, count / 2, count - 1] {
            var reader = JSONReader(Array("{\(members.joined(separator: ",")),\(members[repeated])}".utf8))
            let error = #expect(throws: JSONError.self) { try reader.skipValue() }
            #expect(error?.code == .repeatedName)
        }
    }

    @Test func rejectsBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98]] {
            var reader = JSONReader([0x22] + bytes + [0x22])
            #expect(throws: JSONError(.malformedString, offset: 0)) { try reader.readString() }
        }
    }

    @Test func limitsTheDepth() throws {
        var reader = JSONReader(Array(repeating: UInt8(ascii: "["), count: 100_000))
        #expect(throws: JSONError(.tooDeep, offset: 32)) { try reader.skipValue() }
        var flat = JSONReader(Array("[[],[],[[]]]".utf8), maximumDepth: 3)
        try flat.skipValue()
        try flat.finish()
    }

    @Test func readsIntegersExactly() throws {
        func integer(_ text: String) throws -> Int32 {
            var reader = JSONReader(Array(text.utf8))
            return try reader.readInteger(as: Int32.self)
        }
        #expect(try integer("2147483647") == .max)
        #expect(try integer("-2147483648") == .min)
        for text in ["2147483648", "-2147483649", "1.0", "1e3", "99999999999999999999"] {
            #expect(throws: JSONError(.outOfRange, offset: 0)) { try integer(text) }
        }
    }

    @Test func namesTheKindThatItFound() {
        var reader = JSONReader(Array(#" "1""#.utf8))
        #expect(throws: JSONError(.mismatch(expected: .number, found: .string), offset: 1)) {
            try reader.readInteger(as: Int.self)
        }
    }

    @Test func readsOnlyItsRange() throws {
        let lines = Array("1\n22\n333".utf8)
        var reader = JSONReader(lines, in: 2..<4)
        #expect(try reader.readInteger(as: Int.self) == 22)
        try reader.finish()
    }

    @Test func survivesEveryPrefixAndEveryChangedByte() {
        let text = Array(#"{"a":[1,-2.5e3,"é\n\u00e9\uD83D\uDE00",true,false,null],"b":{"c":{}}}"#.utf8)
        for length in 0..<text.count {
            var reader = JSONReader(Array(text[..<length]))
            #expect(throws: JSONError.self) { try reader.skipValue() }
        }
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                var reader = JSONReader(changed)
                _ = try? reader.skipValue()
            }
        }
    }
}

@Suite struct JSONNumberTests {
    @Test func readsNumbersAndTextsOfNumbers() throws {
        var reader = JSONReader(Array(#"[1.50,"-2e3",{"a":[1]},null]"#.utf8))
        try reader.beginArray()
        var texts: [String?] = []
        while try reader.nextElement() {
            texts.append(try reader.readNumberText().map { String(decoding: $0, as: UTF8.self) })
        }
        try reader.finish()
        #expect(texts == ["1.50", "-2e3", nil, nil])
    }

    @Test func readsDecimalNumbersOnly() {
        #expect(Double(decimal: "-2.5e3".utf8) == -2_500)
        #expect(Double(decimal: "1e999".utf8) == .infinity)
        for text in ["", "nan", "inf", "0x1p3", " 1", "1,5"] { #expect(Double(decimal: text.utf8) == nil) }
    }
}
