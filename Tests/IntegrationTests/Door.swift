import Foundation
import GRPCTestSupport
import Geospatial
import Models

/// A protocol by which phones send.
enum Door: CaseIterable {
    case post, array, lines
    case create, call, callBatch, callStream
    case ownTracks, overland, osmAndQuery, osmAndJSON

    /// A phone's report, rounded to the precision of its protocol, as it is stored.
    struct Report: Hashable, Sendable {
        let person: Int32
        let latitude: DegreesE7
        let longitude: DegreesE7
        let time: Timestamp

        /// Degrees as JSON numbers, longitude first, separated by a comma.
        fileprivate var point: String { "\(longitude),\(latitude)" }
        /// ISO 8601 in UTC.
        fileprivate var utc: String { "\(time)Z" }
    }

    /// The number of reports in one request.
    var batchSize: Int {
        switch self {
        case .post, .create, .call, .ownTracks, .osmAndQuery: 1
        case .osmAndJSON, .callStream: 4
        case .array, .lines, .callBatch, .overland: 25
        }
    }

    /// The report as far as the protocol can express it.
    func report(_ person: Int32, at coordinate: Coordinate, _ time: Timestamp) -> Report {
        var (latitude, longitude, microseconds) = (coordinate.latitude, coordinate.longitude, time.microseconds)
        switch self {
        case .create:
            latitude = Self.asFloat(latitude)
            longitude = Self.asFloat(longitude)
        case .ownTracks, .overland: microseconds -= microseconds % 1_000_000
        case .post, .array, .lines, .call, .callBatch, .callStream, .osmAndQuery, .osmAndJSON: break
        }
        return Report(
            person: person,
            latitude: latitude,
            longitude: longitude,
            time: Timestamp(microseconds: microseconds)
        )
    }

    /// The angle nearest to the shortest decimal of the 32-bit float nearest to an angle.
    private static func asFloat(_ angle: DegreesE7) -> DegreesE7 {
        (try? DegreesE7(decimal: Float(angle.degrees).description.utf8)) ?? angle
    }

    /// A request over REST or from a phone app.
    struct Request: Sendable {
        var method = "POST"
        var path: String
        var contentType: String? = "application/json"
        var headers: [String: String] = [:]
        var body = ""
        /// Whether the request goes to the port for OsmAnd.
        var isOsmAnd = false
    }

    /// The request with these reports of one phone; `nil` for gRPC.
    func request(_ reports: [Report], device: String, token: String) -> Request? {
        switch self {
        case .post: return Request(path: "/api/locations", body: Self.json(reports).joined())
        case .array:
            return Request(path: "/api/locations/batch", body: "[\(Self.json(reports).joined(separator: ","))]")
        case .lines:
            return Request(
                path: "/api/locations/batch",
                contentType: "application/x-ndjson",
                body: Self.json(reports).map { $0 + "\n" }.joined()
            )
        case .create, .call, .callBatch, .callStream: return nil
        case .ownTracks:
            let fixes = reports.map { report in
                #"{"_type":"location","lat":\#(report.latitude),"lon":\#(report.longitude),"#
                    + #""tst":\#(report.time.microseconds / 1_000_000),"acc":12,"tid":"JJ","t":"u"}"#
            }
            let identity = Data("\(device):\(token)".utf8).base64EncodedString()
            return Request(path: "/owntracks", headers: ["Authorization": "Basic \(identity)"], body: fixes.joined())
        case .overland:
            let features = reports.map { report in
                #"{"type":"Feature","geometry":{"type":"Point","coordinates":[\#(report.point)]},"#
                    + #""properties":{"timestamp":"\#(report.time)+0000","speed":-1,"horizontal_accuracy":5}}"#
            }
            let flush =
                #"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"#
                + #""properties":{"timestamp":"2025-06-05T00:00:00Z","action":"flush"}}"#
            return Request(
                path: "/overland",
                headers: ["Authorization": "Bearer \(token)"],
                body: #"{"locations":[\#((features + [flush]).joined(separator: ","))],"current":\#(flush)}"#
            )
        case .osmAndQuery:
            let query = reports.map { report in
                "/?id=\(device)&timestamp=\(report.time.microseconds / 1_000)&lat=\(report.latitude)"
                    + "&lon=\(report.longitude)&speed=0.0&bearing=0.0&altitude=0&accuracy=5.0&batt=87"
            }
            return Request(method: "GET", path: query.joined(), contentType: nil, isOsmAnd: true)
        case .osmAndJSON:
            let locations = reports.map { report in
                #"{"timestamp":"\#(report.utc)","coords":{"latitude":\#(report.latitude),"#
                    + #""longitude":\#(report.longitude),"accuracy":5,"speed":-1,"heading":-1},"battery":{"level":1}}"#
            }
            let body = #"{"location":[\#(locations.joined(separator: ","))],"device_id":"\#(device)"}"#
            return Request(path: "/", body: body, isOsmAnd: true)
        }
    }

    private static func json(_ reports: [Report]) -> [String] {
        reports.map { report in
            #"{"person_id":\#(report.person),"latitude":"\#(report.latitude)","longitude":\#(report.longitude),"#
                + #""creation_time":"\#(report.utc)"}"#
        }
    }

    /// The gRPC method and message with these reports; `nil` for other protocols.
    func call(_ reports: [Report], position: Int = 1) -> (method: String, message: [UInt8])? {
        let service = "/udaconnect.location.v1.LocationService"
        var message = ProtocolBuffer()
        switch self {
        case .create:
            for report in reports {
                message.varint(1, Int64(report.person))
                message.float(2, Float(report.latitude.degrees))
                message.float(3, Float(report.longitude.degrees))
                message.varint(6, report.time.microseconds)
            }
            return ("/LocationService/Create", message.bytes)
        case .call, .callBatch:
            for report in reports { message.message(1, Self.location(report)) }
            return ("\(service)/\(self == .call ? "Report" : "ReportBatch")", message.bytes)
        case .callStream:
            message.varint(1, Int64(position))
            for report in reports { message.message(2, Self.location(report)) }
            return ("\(service)/ReportStream", message.bytes)
        case .post, .array, .lines, .ownTracks, .overland, .osmAndQuery, .osmAndJSON: return nil
        }
    }

    private static func location(_ report: Report) -> ProtocolBuffer {
        var location = ProtocolBuffer()
        location.varint(1, Int64(report.person))
        location.double(2, report.latitude.degrees)
        location.double(3, report.longitude.degrees)
        location.fixed(4, report.time.microseconds)
        return location
    }
}
