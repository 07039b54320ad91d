import Models
import Persistence

/// Whose locations may be taken.
struct LocatePermissions: Sendable {
    /// The persons who agreed to it; `nil` where no consent is needed.
    var consenting: Set<PersonID>?
    /// The pauses of those who had one lately.
    var pauses: [PersonID: [Pause]] = [:]

    /// Whether no locations are withheld, so that they need no check.
    var allowAll: Bool { consenting == nil && pauses.isEmpty }

    /// Whether a location is withheld: its person has not agreed, has a pause now, or had one at its time.
    func withhold(_ report: LocationReport, at now: Timestamp) -> Bool {
        withhold(report.personID, report.creationTime, at: now)
    }

    /// Whether what is known of a person at a time is withheld.
    func withhold(_ person: PersonID, _ time: Timestamp, at now: Timestamp) -> Bool {
        if let consenting, !consenting.contains(person) { return true }
        guard let pauses = pauses[person] else { return false }
        return pauses.contains { $0.isOn(at: now) || $0.contains(time) }
    }
}

/// Looks up whose locations may be taken.
protocol LocateRegistry: Sendable {
    /// The permissions of all persons.
    func all() async throws -> LocatePermissions
    /// The permissions of one person.
    func permissions(of person: PersonID) async throws -> LocatePermissions
}

/// The consents and pauses in the database.
struct StoredLocatePermissions: LocateRegistry {
    let consents: ConsentStore
    let pauses: PauseStore
    /// Whether locations need their person's consent.
    let needsConsent: Bool

    func all() async throws -> LocatePermissions {
        LocatePermissions(
            consenting: needsConsent ? try await consents.persons(agreeingTo: .locate) : nil,
            pauses: try await pauses.all()
        )
    }

    func permissions(of person: PersonID) async throws -> LocatePermissions {
        var permissions = LocatePermissions(pauses: try await pauses.pauses(of: [person]))
        if needsConsent {
            let isGiven = try await consents.all(of: [person])[person]?.since[.locate] != nil
            permissions.consenting = isGiven ? [person] : []
        }
        return permissions
    }
}
