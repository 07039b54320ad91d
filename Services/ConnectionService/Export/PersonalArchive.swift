import Archive
import HTTPServer
import JSON
import Models
import Persistence

/// Writes everything about a person into a ZIP archive, piece by piece.
struct PersonalArchive {
    private let archive: ZipStream
    private let output: ResponseWriter

    /// An archive that is sent as an answer.
    init(_ output: ResponseWriter) throws {
        archive = try ZipStream()
        self.output = output
    }

    private static let description = """
        What UdaConnect stores about you.

        person.json       your number, your names and your company
        devices.json      your devices, without their ids and tokens, which are credentials
        consents.json     what you agreed to, what you withdrew, and when
        pauses.json       the times without your locations, as far as they ended less than 30 days ago
        nudges.json       the times of the last day at which someone you had met was near, without that person
        browsers.json     your browsers that get messages, without their addresses and keys, which are credentials
        contact.json      your card with contact details
        contacts.json     your requests for cards, requests for your card, and the cards that you see
        notes.json        your private notes about others
        readings.json     who looked at your data: by day, role, operation and purpose
        people.json       the people you met, as far as they agreed to be shown to you
        locations.ndjson  your locations, one JSON object a line, the earliest first

        Times are in UTC. GET /api/persons/{id}/encounters answers with each meeting, and GET /api/persons/{id}/visits
        with the zones that you were in, both computed from the locations. What others get to see of you depends on your
        consents. DELETE /api/persons/{id} erases all of this.

        """

    /// Adds the description of the archive, and the person.
    func addDescription(of person: Person) async throws {
        try await add("README.txt", Array(Self.description.utf8))
        try await add("person.json", JSONWriter.bytes { person.write(to: &$0) })
    }

    /// Adds the devices.
    func add(_ devices: [PersonalDataStore.RegisteredDevice]) async throws {
        try await add("devices.json", devices) { writer, device in
            if device.number != .none { writer.member("number", device.number.rawValue) }
            writer.member("name", device.name)
            writer.member("created_at", device.creationTime.description)
            if let time = device.lastSeen { writer.member("last_seen", time.description) }
        }
    }

    /// Adds the consents.
    func add(_ consents: [PersonalDataStore.ConsentChange]) async throws {
        try await add("consents.json", consents) { writer, consent in
            writer.member("purpose", consent.purpose)
            writer.member("given", consent.isGiven)
            writer.member("text_version", consent.textVersion)
            writer.member("changed_at", consent.time.description)
        }
    }

    /// Adds the pauses.
    func add(_ pauses: [Pause]) async throws {
        try await add("pauses.json", pauses) { writer, pause in
            writer.member("since", pause.begins.description)
            if let end = pause.ends { writer.member("until", end.description) }
        }
    }

    /// Adds the nudges, without the other persons, whose places they tell.
    func add(_ nudges: [PersonalDataStore.ReceivedNudge]) async throws {
        try await add("nudges.json", nudges) { writer, nudge in
            writer.member("at", nudge.time.description)
            writer.member("expires_at", nudge.expiry.description)
            writer.member("about_metres", nudge.aboutMetres)
        }
    }

    /// Adds the browsers that get push messages.
    func add(_ subscriptions: [PushSubscription]) async throws {
        try await add("browsers.json", subscriptions) { writer, subscription in
            writer.member("push_service", subscription.origin)
            writer.member("created_at", subscription.createdAt.description)
        }
    }

    /// Adds the person's card.
    func add(_ card: ContactCard) async throws {
        try await add("contact.json", JSONWriter.object { card.writeMembers(to: &$0) })
    }

    /// Adds the notes.
    func add(_ notes: [PersonNoteStore.StoredNote]) async throws {
        try await addList("notes.json", notes) { part, writer in
            for note in part { note.write(to: &writer) }
        }
    }

    /// Adds the contacts.
    func add(_ contacts: [ContactStore.Contact]) async throws {
        try await addList("contacts.json", contacts) { part, writer in
            for contact in part { contact.write(to: &writer) }
        }
    }

    /// Adds who looked at the person's data.
    func add(_ readings: [DataReading]) async throws {
        try await add("readings.json", readings) { writer, reading in reading.writeMembers(to: &writer) }
    }

    /// Adds the people met.
    ///
    /// - Parameters:
    ///   - rows: the people, who are written some at a time.
    ///   - names: the names of zones and sessions.
    ///   - persons: reads their names.
    /// - Throws: an error of the database, or `ClientDisconnected`.
    func addPeople(
        _ rows: [PersonRow],
        _ names: EventNames,
        _ persons: ([PersonID]) async throws -> [PersonID: Person]
    ) async throws {
        try await addList("people.json", rows) { part, writer in
            let others = try await persons(part.map { PersonID(stored: $0.other) })
            for row in part {
                // A person may have been erased in the meantime.
                if let other = others[PersonID(stored: row.other)] { row.write(with: other, names, to: &writer) }
            }
        }
    }

    /// Adds the locations, which `next` reads page by page.
    func addLocations(_ next: (_ last: Location?, _ limit: Int) async throws -> [Location]) async throws {
        try archive.beginFile("locations.ndjson")
        var (writer, last, limit) = (JSONWriter(), Location?.none, Self.locationsAtOnce)
        while true {
            let page = try await next(last, limit)
            for location in page {
                location.write(to: &writer)
                writer.endLine()
            }
            try await send(writer.takeBytes())
            guard page.count == limit else { return }
            last = page.last
        }
    }

    /// Ends the archive.
    func finish() async throws {
        try archive.finish()
        try await output.write(archive.takeBytes())
    }

    /// Locations in a page: 200 KB of text.
    private static let locationsAtOnce = 1_000

    /// Adds a list, some elements at a time.
    private func addList<Element>(
        _ path: String,
        _ elements: [Element],
        _ write: (ArraySlice<Element>, inout JSONWriter) async throws -> Void
    ) async throws {
        try archive.beginFile(path)
        var writer = JSONWriter()
        writer.begin(.array)
        var start = elements.startIndex
        while start < elements.endIndex {
            let part = elements[start...].prefix(AnswersInProgress.rowsAtOnce)
            try await write(part, &writer)
            try await send(writer.takeBytes())
            start = part.endIndex
        }
        writer.end(.array)
        try await send(writer.takeBytes())
    }

    private func add<Element>(
        _ path: String,
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) async throws {
        try await add(
            path,
            JSONWriter.bytes { writer in
                writer.array(of: elements) { writer, element in writer.object { write(&$0, element) } }
            }
        )
    }

    private func add(_ path: String, _ bytes: [UInt8]) async throws {
        try archive.beginFile(path)
        try await send(bytes)
    }

    private func send(_ bytes: [UInt8]) async throws {
        try archive.write(bytes)
        try await output.write(archive.takeBytes())
    }
}
