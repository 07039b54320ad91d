import Geospatial
import HTTPServer
import Models
import Persistence
import Proximity

extension LocationStore: LocationRepository {
    /// The most locations of others that one answer holds.
    private static let maximumContacts = 1_000_000

    /// Whom a person was close to: each location of somebody else within the radius of any of one's own, once.
    ///
    /// Three statements of one snapshot: one's own trail; all that lies in the cells round it, over the (cell, time) index;
    /// and whose that is. Distances are decided here, exactly as PostGIS would. The closest come first.
    func connections(of person: PersonID, in window: TimeWindow, within radius: Radius) async throws -> [Connection]? {
        try await withSnapshot { snapshot in
            guard try await snapshot.hasPerson(person) else { return nil }
            var trail: Set<Coordinate> = []
            try await snapshot.forEachPage(ofTrailOf: person, in: window) { page in
                for location in page { trail.insert(location.report.coordinate) }
            }
            let search = ContactSearch(trail: trail, radius: radius.metres)
            var contacts: [(distance: Double, location: Location)] = []
            try await snapshot.forEachPage(in: search.coveringRuns(), during: window, excluding: person) { page in
                for location in page {
                    guard let distance = search.distance(to: location.report.coordinate) else { continue }
                    contacts.append((distance, location))
                }
                guard contacts.count <= Self.maximumContacts else { throw Problem.tooManyContacts }
            }
            contacts.sort { left, right in
                let (first, second) = (left.location.report.creationTime, right.location.report.creationTime)
                return (left.distance, first, left.location.id) < (right.distance, second, right.location.id)
            }
            let persons = try await snapshot.persons(Array(Set(contacts.map(\.location.report.personID))))
            return contacts.compactMap { contact in
                persons[contact.location.report.personID].map { Connection(location: contact.location, person: $0) }
            }
        }
    }
}

extension Problem {
    fileprivate static var tooManyContacts: Problem {
        Problem(
            .unprocessableContent,
            "More than a million locations are close: ask for fewer days or a smaller distance.",
            errors: [.parameter("distance", "Expected a smaller distance, or fewer days.")]
        )
    }
}
