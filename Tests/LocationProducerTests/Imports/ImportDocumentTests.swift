import Models
import Testing

@testable import LocationProducer

@Suite struct ImportDocumentTests {
    @Test(arguments: ImportSamples.all) func readsEachForm(sample: ImportSample) {
        let outcome = ImportSample.read(Array(sample.text.utf8))
        #expect(outcome.failure == nil)
        #expect(outcome.format == sample.format)
        #expect(outcome.stored == sample.stored)
        #expect(outcome.skipped == sample.skipped)
        #expect(outcome.issues.map { "\($0.element) \($0.detail)" } == sample.issues)
        #expect(outcome.rejected == sample.issues.count)
    }

    @Test(arguments: ImportSamples.all, [1, 2, 13, 1_000])
    func readsTheSameHoweverItArrives(sample: ImportSample, pieces: Int) {
        let bytes = Array(sample.text.utf8)
        #expect(ImportSample.read(bytes, pieces: pieces) == ImportSample.read(bytes))
        #expect(ImportSample.read(bytes, pieces: pieces, format: sample.format) == ImportSample.read(bytes))
    }

    /// Each prefix of a file gives a prefix of the file's locations, or an error.
    @Test(arguments: ImportSamples.all) func cutOffFilesLoseOnlyTheirEnd(sample: ImportSample) {
        let bytes = Array(sample.text.utf8)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            let outcome = ImportSample.read(Array(bytes[..<count]))
            let isLineFile = sample.format == .csv || sample.format == .owntracks
            #expect(outcome.failure != nil || isLineFile, "\(count)")
            // A line that is cut off is a line, perhaps with a shorter number.
            let isBeginning = sample.stored.starts(with: isLineFile ? Array(outcome.stored.dropLast()) : outcome.stored)
            #expect(isBeginning, "\(count)")
        }
    }

    @Test(arguments: ImportSamples.all) func readsOtherEncodings(sample: ImportSample) {
        let expected = ImportSample.read(Array(sample.text.utf8))
        let marked = "\u{FEFF}" + sample.text
        let little = marked.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let big = marked.utf16.flatMap { unit -> [UInt8] in [UInt8(unit >> 8), UInt8(unit & 0xFF)] }
        for bytes in [Array(marked.utf8), little, big, Array(little.dropFirst(2)), Array(big.dropFirst(2))] {
            for pieces in [3, .max] {
                let outcome = ImportSample.read(bytes, pieces: pieces)
                #expect(outcome.stored == expected.stored)
                #expect(outcome.failure == nil)
            }
        }
    }

    @Test func rejectsTextInAnotherEncodingElementByElement() {
        let latin =
            Array(
                #"{"locations":[{"latitudeE7":525163000,"longitudeE7":133777000,"timestampMs":"1777798800000"},"#.utf8
            )
            + Array(#"{"name":"Caf"#.utf8) + [0xE9]
            + Array(#""},{"latitudeE7":1,"longitudeE7":2,"timestampMs":"1777798801000"}]}"#.utf8)
        let outcome = ImportSample.read(latin)
        #expect(outcome.stored.count == 2)
        #expect(
            outcome.issues.map(\.detail) == [
                "The element is malformed JSON at byte 101: this string is not UTF-8 or holds a bare control character."
            ]
        )
    }

    @Test(arguments: [
        ("", "The file is none of the formats"), ("Dear Sir or Madam,", "The file is none of the formats"),
        ("name,place\nCafé,Berlin\n", "The file is none of the formats"),
        ("<html><body/></html>", "The file is XML, but neither GPX nor KML"),
        (#"{"a": 1}"#, "The file is JSON, but neither"), ("[1, 2]", "The file is JSON, but neither"),
        ("PK\u{3}\u{4}...", "The file is a ZIP archive"),
    ]) func saysWhatItDoesNotRead(text: String, beginning: String) {
        guard case .unknownFormat(let detail) = ImportSample.read(Array(text.utf8)).failure else {
            Issue.record("read")
            return
        }
        #expect(detail.hasPrefix(beginning))
    }

    @Test(arguments: [
        ("<gpx/>", LocationImport.Format.kml), ("<gpx/>", .google), (#"{"locations":[]}"#, .geojson),
        (#"{"locations":[]}"#, .gpx), ("time,lat,lon", .geojson),
    ]) func refusesAFileThatIsNotOfTheNamedFormat(text: String, format: LocationImport.Format) {
        guard case .malformed = ImportSample.read(Array(text.utf8), format: format).failure else {
            Issue.record("read")
            return
        }
    }

    @Test func readsEmptyFilesOfAFormat() {
        for text in ["<gpx/>", "<kml/>", #"{"locations":[]}"#, #"{"type":"FeatureCollection","features":[]}"#] {
            let outcome = ImportSample.read(Array(text.utf8))
            #expect(outcome.failure == nil)
            #expect(outcome.format != nil)
            #expect(outcome.skipped == 0)
        }
    }

    /// The memory for an element is bounded, and the elements after it are read.
    @Test func passesOverElementsThatAreTooLong() {
        let long = String(repeating: "x", count: DocumentBounds.element)
        let record = #"{"latitudeE7":1,"longitudeE7":2,"timestampMs":"1777798800000","x":"#
        let json = ImportSample.read(Array(#"{"locations":[\#(record)"\#(long)"},\#(record)1}]}"#.utf8), pieces: 65_536)
        #expect(json.stored.count == 1)
        #expect(json.issues.map(\.detail) == ["Expected an element of at most 4194304 bytes."])
        let csv = ImportSample.read(Array("time,lat,lon\n\(long)\n2026-05-03T09:00:00Z,1,2\n".utf8), pieces: 65_536)
        #expect(csv.stored == ["2026-05-03T09:00:00 1 2"])
        #expect(csv.issues.map(\.element) == [2])
        let kml =
            "<kml><Placemark><Point><coordinates>1,2\(long.map { _ in " " }.joined())</coordinates></Point></Placemark></kml>"
        #expect(
            ImportSample.read(Array(kml.utf8), pieces: 65_536).issues.map(\.detail) == [
                "Expected an element of at most 262144 bytes."
            ]
        )
    }

    @Test func countsAllIssuesAndKeepsTheFirstHundred() {
        let rows = String(repeating: "soon,1,2\n", count: 250)
        let outcome = ImportSample.read(Array(("time,lat,lon\n" + rows).utf8))
        #expect(outcome.rejected == 250)
        #expect(outcome.issues.count == 100)
        #expect(
            outcome.issues.last
                == LocationImport.Issue(
                    element: 101,
                    offset: 13 + 99 * 9,
                    detail: "Expected a date with a time, such as 2026-05-04T10:00:00Z."
                )
        )
    }
}
