import Geospatial
import HTTPServer
import Models

@testable import LocationProducer

extension FuzzTarget {
    private static let person = PersonID(rawValue: 1)

    /// The location of a fix; `nil` if the fix is rejected.
    private static func report(_ fix: PhoneFix) throws(BrokenPromise) -> LocationReport? {
        guard let person, let report = try? fix.report(of: person, device: .none, now: now) else { return nil }
        try promise(Timestamp.supported.contains(report.creationTime), "the time can be stored")
        try promise(report.creationTime.microseconds <= now.microseconds + LocationReport.clockTolerance, "not ahead")
        return report
    }

    static func checkOwnTracks(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let fix = (try? OwnTracksMessage(bytes))?.fix, let report = try report(fix) else { return }
        let microseconds = report.creationTime.microseconds
        let written = #"""
            {"_type":"location","lat":\#(report.coordinate.latitude),"lon":\#(report.coordinate.longitude),
            "tst":\#(Double(microseconds) / 1_000_000)}
            """#
        let again = (try? OwnTracksMessage(Array(written.utf8)))?.fix
        try promise(again.map { isSamePlace($0, report) } ?? false, "an accepted location reads back")
    }

    static func checkOverland(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let batch = try? OverlandBatch(bytes) else { return }
        try promise(batch.fixes.count <= OverlandBatch.maximumCount, "a batch is bounded")
        var reported: [LocationReport] = []
        for fix in batch.fixes { if let report = try report(fix) { reported.append(report) } }
        let features = reported.map { report in
            let place = "\(report.coordinate.longitude),\(report.coordinate.latitude)"
            let time = report.creationTime.description
            return #"{"geometry":{"coordinates":[\#(place)]},"properties":{"timestamp":"\#(time)"}}"#
        }
        let again = try? OverlandBatch(Array(#"{"locations":[\#(features.joined(separator: ","))]}"#.utf8))
        try promise(again?.fixes.count == reported.count, "each accepted location reads back")
        for (fix, original) in zip(again?.fixes ?? [], reported) {
            try promise(isSamePlace(fix, original), "an accepted location reads back unchanged")
        }
    }

    static func checkOsmAnd(_ bytes: [UInt8]) throws(BrokenPromise) {
        if let message = try? OsmAndMessage(bytes, now: now) {
            for fix in message.fixes { _ = try report(fix) }
        }
        guard let query = try? QueryParameters(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
        let message = OsmAndMessage(query, now: now)
        try promise(message.fixes.count <= 1, "a query has at most one location")
        guard let fix = message.fixes.first, let report = try report(fix) else { return }
        let place = "location=\(report.coordinate.latitude),\(report.coordinate.longitude)"
        let written = "id=1&\(place)&timestamp=\(report.creationTime)"
        guard let again = try? OsmAndMessage(QueryParameters(parsing: written), now: now).fixes.first else {
            throw BrokenPromise(what: "a written query reads back")
        }
        try promise(isSamePlace(again, report), "an accepted location reads back")
    }

    static func checkPhoneText(_ bytes: [UInt8]) throws(BrokenPromise) {
        let text = PhoneText.utf8(bytes)
        // Two bytes of UTF-16 become at most three bytes of UTF-8.
        try promise(text.count <= bytes.count * 2, "a body grows to at most twice its size")
        guard let time = PhoneTime.read(String(decoding: text, as: UTF8.self)) else { return }
        if Timestamp.supported.contains(time) {
            try promise(PhoneTime.read(time.description) == time, "an accepted time reads back")
        }
        guard let moment = try? PhoneTime.mended(time, mayCountFrom2001: true, now: now) else { return }
        try promise(
            moment.microseconds <= now.microseconds + LocationReport.clockTolerance,
            "a time is not in the future"
        )
        let again = try? PhoneTime.mended(moment, mayCountFrom2001: true, now: now)
        try promise(again == moment, "a corrected time needs no second correction")
    }

    static func checkPhoneLogin(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let sent = login(String(decoding: bytes, as: UTF8.self)) else { return }
        let field =
            switch sent {
            case .bearer(let token): "Bearer \(token)"
            case .basic(let user, let password): "Basic \(Base64.encode("\(user):\(password)".utf8))"
            }
        try promise(login(field) == sent, "written credentials read back")
    }

    /// The credentials of an `Authorization` field.
    private static func login(_ field: String) -> PhoneIntake.Credentials? {
        let headers: HTTPHeaders = ["Authorization": field]
        return (try? Request(.post, "/owntracks", headers: headers)).flatMap(PhoneIntake.credentials)
    }

    private static func isSamePlace(_ fix: PhoneFix, _ report: LocationReport) -> Bool {
        fix.latitude == report.coordinate.latitude && fix.longitude == report.coordinate.longitude
            && fix.time == report.creationTime
    }
}
