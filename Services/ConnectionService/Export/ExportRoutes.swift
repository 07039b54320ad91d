import HTTPServer
import Models
import Persistence
import RESTAccess
import RESTContract

/// What is stored about a person, besides meetings.
protocol PersonalDataRepository: Sendable {
    func devices(of person: PersonID) async throws -> [PersonalDataStore.RegisteredDevice]
    func consents(of person: PersonID) async throws -> [PersonalDataStore.ConsentChange]
    func card(of person: PersonID) async throws -> ContactCard
    func contacts(of person: PersonID) async throws -> [ContactStore.Contact]
    func notes(of person: PersonID) async throws -> [PersonNoteStore.StoredNote]
    func pauses(of person: PersonID) async throws -> [Pause]
    func nudges(of person: PersonID) async throws -> [PersonalDataStore.ReceivedNudge]
    func pushSubscriptions(of person: PersonID) async throws -> [PushSubscription]
    func readings(of person: PersonID) async throws -> [DataReading]
    func locations(of person: PersonID, after last: Location?, limit: Int) async throws -> [Location]
}

extension PersonalDataStore: PersonalDataRepository {}

/// The route by which persons get everything that is stored about them.
struct ExportRoutes<Meetings: MeetingRepository>: Sendable {
    let data: any PersonalDataRepository
    let meetings: Meetings
    /// Limits answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// What the person may see of others.
    let views: LimitedViews

    /// Adds the route.
    func add(to router: inout Router) {
        router.get("/api/me/export", handler: export)
    }

    /// The memory of the compression, and of a page of locations, in bytes.
    private static var archiveSize: Int { 1 << 20 }

    /// A ZIP archive, made while it is sent.
    ///
    /// Locations are read page by page, and no connection to the database is held while the client reads.
    private func export(_ request: Request) async throws -> Response {
        let id = try request.person
        let view = try views.view(of: id, for: request)
        guard let person = try await meetings.persons([id])[id] else { throw Problem.noSuchPerson }
        let place = try inProgress.exports.take(for: request.clientAddress)
        let question = try MeetingQuestion(request.query, as: view)
        guard
            let met = try await MeetingQuestion.explain({ try await meetings.people(of: id, question, .significance) })
        else { throw Problem.noSuchPerson }
        let (notes, contacts) = (try await data.notes(of: id), try await data.contacts(of: id))
        let size =
            met.rows.reduce(AnswersInProgress.overhead + Self.archiveSize) { $0 + $1.size }
            + notes.reduce(0) { $0 + $1.size } + contacts.reduce(0) { $0 + $1.size }
        let memory = try inProgress.memory.take(size, for: request.clientAddress)
        let rows = Handover((met: met.rows, notes: notes, contacts: contacts))
        let headers: HTTPHeaders = [
            "Content-Disposition": "attachment; filename=\"udaconnect-\(id.rawValue).zip\"",
            "Cache-Control": "no-store",
        ]
        return .stream(contentType: "application/zip", headers: headers) { output in
            defer { withExtendedLifetime((place, memory)) {} }
            let archive = try PersonalArchive(output)
            try await archive.addDescription(of: person)
            try await archive.add(try await data.devices(of: id))
            try await archive.add(try await data.consents(of: id))
            try await archive.add(try await data.readings(of: id))
            try await archive.add(try await data.pauses(of: id))
            try await archive.add(try await data.nudges(of: id))
            try await archive.add(try await data.pushSubscriptions(of: id))
            try await archive.add(try await data.card(of: id))
            let rows = rows.take() ?? (met: [], notes: [], contacts: [])
            try await archive.add(rows.notes)
            try await archive.add(rows.contacts)
            try await archive.addPeople(rows.met, met.names) { try await meetings.persons($0, as: view) }
            try await archive.addLocations { last, limit in
                try await data.locations(of: id, after: last, limit: limit)
            }
            try await archive.finish()
        }
    }
}

extension PersonNoteStore.StoredNote {
    /// Approximate memory in bytes.
    fileprivate var size: Int { MemoryLayout<Self>.stride + note.text.utf8.count }
}

extension ContactStore.Contact {
    /// Approximate memory in bytes.
    fileprivate var size: Int {
        let names = [other.details.firstName, other.details.lastName, other.details.companyName]
        let details = card.map { [$0.email, $0.phone, $0.url, $0.jobTitle] } ?? []
        return MemoryLayout<Self>.stride + (names + details).reduce(0) { $0 + $1.utf8.count }
    }
}
