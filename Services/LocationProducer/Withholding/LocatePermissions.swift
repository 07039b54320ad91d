import LocationProtocol
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

    /// Marks the messages that are withheld; successive messages of one person cost one lookup.
    ///
    /// - Returns: the number of marked messages.
    func withhold(_ messages: inout [LocationMessage], at now: Timestamp) -> Int {
        guard !allowAll else { return 0 }
        var (count, last, isFree) = (0, PersonID?.none, false)
        for index in messages.indices {
            let (person, time) = (messages[index].report.personID, messages[index].report.creationTime)
            if person != last {
                last = person
                isFree = consenting?.contains(person) ?? true && pauses[person] == nil
            }
            guard !isFree, withhold(person, time, at: now) else { continue }
            messages[index].isWithheld = true
            count += 1
        }
        return count
    }

    /// Whether a location is withheld: its person has not agreed, has a pause now, or had one at the location's time.
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
