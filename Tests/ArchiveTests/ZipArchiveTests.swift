import Archive
import Testing

@Suite struct ZipArchiveTests {
    private static let files = [
        ArchivedFile(path: "manifest.json", bytes: Array("{}".utf8)),
        ArchivedFile(path: "folder/unit.geojson", bytes: (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0) }),
        ArchivedFile(path: "empty", bytes: []),
    ]

    @Test func readsWhatItWrote() throws {
        let archive = try ZipArchive.bytes(of: Self.files)
        #expect(try ZipArchive.files(in: archive, maximumFiles: 3, maximumBytes: 100_002) == Self.files)
        #expect(try ZipArchive.bytes(of: Self.files) == archive)
    }

    @Test func boundsFilesAndBytes() throws {
        let archive = try ZipArchive.bytes(of: Self.files)
        #expect(throws: ArchiveError.tooManyFiles) {
            try ZipArchive.files(in: archive, maximumFiles: 2, maximumBytes: 1 << 20)
        }
        #expect(throws: ArchiveError.tooLarge) {
            try ZipArchive.files(in: archive, maximumFiles: 3, maximumBytes: 100_001)
        }
    }

    /// A megabyte of zeros takes a thousandth of its size.
    @Test func stopsDecompressionAtTheLimit() throws {
        let bomb = try ZipArchive.bytes(of: [ArchivedFile(path: "a", bytes: [UInt8](repeating: 0, count: 1 << 20))])
        #expect(bomb.count < 4_096)
        #expect(throws: ArchiveError.tooLarge) {
            try ZipArchive.files(in: bomb, maximumFiles: 1, maximumBytes: 1 << 16)
        }
    }

    @Test func rejectsOtherBytesAndTruncatedArchives() throws {
        let archive = try ZipArchive.bytes(of: Self.files)
        for bytes in [Array("no archive".utf8), Array(archive[..<(archive.count / 2)])] {
            #expect(throws: ArchiveError.malformed) {
                try ZipArchive.files(in: bytes, maximumFiles: 9, maximumBytes: 1 << 20)
            }
        }
    }

    @Test func streamsFilesInPieces() throws {
        let stream = try ZipStream()
        var (bytes, longest) = ([UInt8](), 0)
        for file in Self.files {
            try stream.beginFile(file.path)
            for start in Swift.stride(from: 0, to: file.bytes.count, by: 1_000) {
                try stream.write(Array(file.bytes[start...].prefix(1_000)))
                let piece = stream.takeBytes()
                longest = max(longest, piece.count)
                bytes += piece
            }
        }
        try stream.finish()
        bytes += stream.takeBytes()
        #expect(try ZipArchive.files(in: bytes, maximumFiles: 3, maximumBytes: 100_002) == Self.files)
        #expect(longest < 100_000)
    }
}
