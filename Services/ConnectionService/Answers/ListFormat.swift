import HTTPServer
import RESTContract

/// The media types of lists.
enum ListFormat: String, NegotiatedFormat {
    /// An array.
    case json = "application/json"
    /// A FeatureCollection (RFC 7946).
    case geoJSON = "application/geo+json"
    /// A header line and one line per entry (RFC 4180).
    case csv = "text/csv"
    /// One card per person (RFC 6350), for an address book.
    case vCard = "text/vcard"

    static let subject = "A list"

    /// Chooses the format of a list.
    ///
    /// - Parameters:
    ///   - request: its `Accept` field decides.
    ///   - formats: the formats of the list; the first one is the default.
    ///   - subject: the subject of a sentence about the formats.
    /// - Throws: a 406 problem if the client accepts no format of the list.
    init(for request: Request, of formats: [ListFormat], _ subject: String) throws(Problem) {
        try self.init(accept: request.headers["Accept"], among: formats, subject)
    }

    var contentType: String {
        switch self {
        case .json, .geoJSON: rawValue
        case .csv: "text/csv; charset=utf-8; header=present"
        case .vCard: "text/vcard; charset=utf-8"
        }
    }
}
