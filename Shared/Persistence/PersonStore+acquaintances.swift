package import Models
internal import Postgres

/// The persons whose names an attendee has seen.
extension PersonStore {
    /// Finds those of several persons who may be named to a viewer: the ones who were before, and new ones in the given order.
    ///
    /// One statement. Persons that are beyond the limit count again on the next day in UTC. Replicas share the count.
    ///
    /// - Parameters:
    ///   - ids: different persons, other than the viewer.
    ///   - viewer: the attendee who gets the answer.
    ///   - limit: how many new ones may be named in a day.
    /// - Returns: the existing persons; `nil` for those beyond the limit.
    /// - Throws: `PostgresError`.
    package func persons(
        _ ids: [PersonID],
        namedTo viewer: PersonID,
        newInADay limit: Int
    ) async throws -> [PersonID: Person?] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await client.query(
            """
            WITH named AS MATERIALIZED (SELECT a.id FROM acquaint(\(viewer), \(ids), \(Int64(limit))) AS a (id))
            SELECT p.id, n.id IS NOT NULL, CASE WHEN n.id IS NULL THEN '' ELSE first_name END,
                CASE WHEN n.id IS NULL THEN '' ELSE last_name END, CASE WHEN n.id IS NULL THEN '' ELSE company_name END
            FROM person p LEFT JOIN named n USING (id) WHERE p.id = ANY(\(ids))
            """
        ).decode(PersonID.self, Bool.self, String.self, String.self, String.self)
        let persons = rows.map { id, isNamed, first, last, company -> (PersonID, Person?) in
            (id, isNamed ? Person(id: id, details: PersonDetails(stored: first, last, company)) : nil)
        }
        return Dictionary(persons) { first, _ in first }
    }

    /// Forgets who was named for the first time more than 30 days ago, and is new again; returns how many.
    package func removeExpiredAcquaintances() async throws -> Int {
        try await client.execute("DELETE FROM acquaintance WHERE named_on < (now() AT TIME ZONE 'UTC')::date - 30")
    }
}
