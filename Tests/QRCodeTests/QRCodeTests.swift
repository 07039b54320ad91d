import QRCode
import Testing

@Suite struct QRCodeTests {
    /// ISO/IEC 18004: 26 bytes need version 2 at level M, with 25 modules a side.
    @Test(arguments: [("https://example.com/?id=1", 25), ("A", 21), (String(repeating: "x", count: 300), 69)])
    func usesTheSmallestSizeForItsText(text: String, size: Int) throws {
        let code = try #require(QRCode(text))
        #expect(code.size == size)
        #expect(code.modules.count == size * size)
    }

    @Test func hasItsThreeFinderPatterns() throws {
        let code = try #require(QRCode("owntracks:///config?inline=e30%3D"))
        let pattern = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"].map(Array.init)
        for (left, top) in [(0, 0), (code.size - 7, 0), (0, code.size - 7)] {
            for row in 0..<7 {
                for column in 0..<7 { #expect(code[left + column, top + row] == (pattern[row][column] == "#")) }
            }
        }
        #expect(!code[code.size, 0])
    }

    @Test func drawsEachDarkModuleOnce() throws {
        let code = try #require(QRCode("overland://setup?url=x&token=y"))
        let image = String(decoding: code.svg(), as: UTF8.self)
        #expect(image.hasPrefix(#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(code.size + 8) "#))
        var drawn = Set<[Int]>()
        for bar in image.matches(of: /M(\d+) (\d+)h(\d+)v1h-\d+z/) {
            let (left, top) = (try #require(Int(bar.1)), try #require(Int(bar.2)))
            for offset in 0..<(try #require(Int(bar.3))) {
                #expect(drawn.insert([left + offset - QRCode.quietZone, top - QRCode.quietZone]).inserted)
            }
        }
        for row in 0..<code.size {
            for column in 0..<code.size { #expect(code[column, row] == drawn.contains([column, row])) }
        }
    }

    @Test(arguments: ["", "a\u{0}b", String(repeating: "x", count: 2_400)])
    func isNilForTextThatCannotBeEncoded(text: String) {
        #expect(QRCode(text) == nil)
    }
}
