import Geospatial
import JSON
import Models

/// A person that another person has met, and the place.
struct RecentMeeting: Equatable {
    let person: Person
    /// The place of the meeting.
    let place: Coordinate
    /// The end of the meeting.
    let time: Timestamp

    /// Reads connection-service's list of a person's meetings; keeps the most significant meeting with each person.
    ///
    /// - Throws: `JSONError` if the text is not a JSON array; invalid meetings are skipped.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> [RecentMeeting] {
        var reader = JSONReader(bytes)
        var meetings: [RecentMeeting] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard let meeting = try RecentMeeting(from: &reader),
                !meetings.contains(where: { $0.person.id == meeting.person.id })
            else { continue }
            meetings.append(meeting)
        }
        try reader.finish()
        return meetings
    }

    init(person: Person, place: Coordinate, time: Timestamp) {
        self.person = person
        self.place = place
        self.time = time
    }

    private init?(from reader: inout JSONReader) throws(JSONError) {
        var (id, names): (PersonID?, [String: String]) = (nil, [:])
        var (latitude, longitude): (DegreesE7?, DegreesE7?)
        var time: Timestamp?
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "person":
                try reader.readMembers { key, reader throws(JSONError) in
                    if key == "id" {
                        id = try reader.readDecimalIfAny().flatMap { Int64(exactly: $0) }.flatMap {
                            PersonID(rawValue: $0)
                        }
                    } else {
                        names[key] = try reader.readTextIfAny()
                    }
                }
            case "end": time = try reader.readTextIfAny().flatMap { Timestamp(iso8601: $0.utf8) }
            case "place":
                try reader.readMembers { key, reader throws(JSONError) in
                    switch key {
                    case "latitude": latitude = try reader.readDegreesIfAny()
                    case "longitude": longitude = try reader.readDegreesIfAny()
                    default: try reader.skipValue()
                    }
                }
            default: try reader.skipValue()
            }
        }
        guard let id, let latitude, let longitude, let time,
            let place = try? Coordinate(latitude: latitude, longitude: longitude)
        else { return nil }
        let details = PersonDetails(
            stored: names["first_name"] ?? "",
            names["last_name"] ?? "",
            names["company_name"] ?? ""
        )
        self.init(person: Person(id: id, details: details), place: place, time: time)
    }
}

extension PersonDetails {
    /// First and last name.
    var fullName: String {
        [firstName, lastName].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
