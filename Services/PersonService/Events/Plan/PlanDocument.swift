import HTTPServer
import Models
import RESTContract

/// The formats of a plan.
enum PlanFormat: String, NegotiatedFormat, PathParameter {
    /// A GeoJSON FeatureCollection.
    case geoJSON = "application/geo+json"
    /// Apple's Indoor Mapping Data Format: a ZIP archive of GeoJSON files.
    case imdf = "application/zip"

    static let subject = "A plan"

    init?(pathParameter: Substring) {
        switch pathParameter {
        case "geojson": self = .geoJSON
        case "imdf": self = .imdf
        default: return nil
        }
    }

    static var expectation: String { "geojson or imdf" }

    /// The format of a body, by the query or the media type.
    ///
    /// - Throws: a 400 or 415 problem.
    init(ofBodyOf request: Request) throws(Problem) {
        if let format = try request.query.optional("format", as: PlanFormat.self) {
            self = format
        } else if request.isContent(.json) {
            self = .geoJSON
        } else if request.mediaType == Self.imdf.rawValue {
            self = .imdf
        } else {
            throw Problem(
                .unsupportedMediaType,
                "The body's media type is not one that is taken here.",
                errors: [.header("Content-Type", "Expected application/geo+json, or application/zip for IMDF.")]
            )
        }
    }
}

/// A zone as a file describes it, with its place in the file.
struct PlannedZone {
    var details: ZoneDetails
    let pointer: String
}

/// The content of a file with a plan.
struct PlanDocument {
    /// The zones in the order of the file.
    var zones: [PlannedZone] = []
    /// The number of features that are no zones, such as walls and unnamed rooms.
    var skipped = 0
    /// The codes of the zones whose areas were mended.
    var mended: [String] = []
}
