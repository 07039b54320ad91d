internal import Geospatial
package import Models

/// The true meetings as CSV: `person_a,person_b,start,end,duration_s,closest_m,latitude,longitude`, times in UTC.
package enum TruthTable {
    /// The first line.
    package static let header = "person_a,person_b,start,end,duration_s,closest_m,latitude,longitude\n"

    /// Appends a meeting's line.
    ///
    /// - Parameters:
    ///   - meeting: the meeting.
    ///   - identifiers: each attendee's id in the service, by index.
    ///   - text: receives the line.
    package static func append(_ meeting: Meeting, identifiers: [PersonID], to text: inout String) {
        let centimetres = Int((meeting.closest * 100).rounded())
        text += "\(identifiers[meeting.first].rawValue),\(identifiers[meeting.second].rawValue)"
        text += ",\(meeting.start),\(meeting.end),\(meeting.duration)"
        text += ",\(centimetres / 100).\(centimetres / 10 % 10)\(centimetres % 10)"
        text += ",\(meeting.coordinate.latitude),\(meeting.coordinate.longitude)\n"
    }
}
