import CZlib
import Foundation
import Simulation
import Testing

@testable import Seed

@Suite struct LineReaderTests {
    private static let text = "first\r\n\nthird " + String(repeating: "x", count: 200_000) + "\nlast without end"

    @Test(arguments: [false, true]) func readsPlainAndCompressedFiles(isCompressed: Bool) throws {
        try Self.withFile { path in
            try Self.write(Self.text, to: path, isCompressed: isCompressed)
            let reader = try LineReader(path: path)
            #expect(try reader.next() == Array("first".utf8))
            #expect(try reader.next() == [])
            #expect(try reader.next()?.count == LineReader.longestLine)
            #expect(reader.number == 3)
            #expect(try reader.next() == Array("last without end".utf8))
            #expect(try reader.next() == nil)
            #expect(reader.share == 1)
        }
    }

    @Test func reportsATruncatedCompressedFile() throws {
        try Self.withFile { path in
            var generator = Xoshiro256(seed: 26)
            let noise = (0..<50_000).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &generator)) }
            try Self.write(noise.joined(separator: "\n"), to: path, isCompressed: true)
            let whole = try Data(contentsOf: URL(filePath: path))
            try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
            let reader = try LineReader(path: path)
            #expect(throws: SeedError.self) { while try reader.next() != nil {} }
            #expect(reader.number > 0)
        }
    }

    @Test(arguments: ["/nowhere/at/all.csv", "/"]) func namesAMissingFile(path: String) {
        let error = #expect(throws: SeedError.self) { try LineReader(path: path) }
        #expect(error?.description.contains(path) == true)
    }

    private static func write(_ text: String, to path: String, isCompressed: Bool) throws {
        let file = try #require(gzopen(path, isCompressed ? "wb" : "wbT"))
        defer { gzclose(file) }
        let bytes = Array(text.utf8)
        #expect(gzwrite(file, bytes, UInt32(bytes.count)) == Int32(bytes.count))
    }

    static func withFile(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "line-reader-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }
}
