import Geospatial
import Models
import Testing

@testable import Seed

@Suite struct RecordedTraceTests {
    @Test func readsFixesAfterAHeader() throws {
        var trace = RecordedTrace()
        #expect(try trace.read(Array("lat,lng,datetime,uid".utf8)) == nil)
        let fix = try #require(try trace.read(Array("39.984094,116.319236,2008-10-23 05:53:05,001".utf8)))
        #expect(fix.user == "001")
        #expect(fix.coordinate.latitude.rawValue == 399_840_940)
        #expect(fix.coordinate.longitude.rawValue == 1_163_192_360)
        #expect(fix.time.description == "2008-10-23T05:53:05")
        #expect(try trace.read([]) == nil)
    }

    @Test func readsColumnsInTheOrderOfTheHeader() throws {
        var trace = RecordedTrace()
        #expect(try trace.read(Array("uid, Lng, lat, altitude, datetime".utf8)) == nil)
        let fix = try #require(try trace.read(Array("x y, 7.5, 50.25, 12, 2020-01-01T00:00:00Z".utf8)))
        #expect(fix.user == "x y")
        #expect(fix.coordinate.latitude.description == "50.25")
    }

    @Test func acceptsAMissingHeader() throws {
        var trace = RecordedTrace()
        #expect(try trace.read(Array("1,2,2020-01-01 00:00:00,a".utf8))?.user == "a")
    }

    @Test(arguments: [
        ("x,2,2020-01-01 00:00:00,a", "lat"), ("91,2,2020-01-01 00:00:00,a", "lat"),
        ("NaN,2,2020-01-01 00:00:00,a", "lat"),
        ("1,181,2020-01-01 00:00:00,a", "lng"), ("1", "lng"), ("1,2,2020-02-30 00:00:00,a", "datetime"),
        ("1,2,2020-01-01 00:00:00,", "uid"), ("1,2,2020-01-01 00:00:00", "uid"),
    ])
    func namesTheInvalidColumn(line: String, column: String) {
        var trace = RecordedTrace()
        #expect(throws: RecordedTraceError.column(column)) { try trace.read(Array(line.utf8)) }
    }
}
