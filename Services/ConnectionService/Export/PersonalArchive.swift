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
        readings.json     who looked at your data: by day, role, operation and purpose
        people.json       the people you met, as far as they agreed to be shown to you
        locations.ndjson  your locations, one JSON object a line, the earliest first

        Times are in UTC. GET /api/persons/{id}/encounters answers with each meeting, and GET /api/persons/{id}/visits
        with the zones that you were in, both computed from the locations. GET /api/persons/{id}/notes, /contact,
        /contacts and /pause answer with your notes, your card, your contacts and your pause. What others get to see of you
        depends on your consents. DELETE /api/persons/{id} erases all of this.

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
        try archive.beginFile("people.json")
        var writer = JSONWriter()
        writer.begin(.array)
        var start = rows.startIndex
        while start < rows.endIndex {
            let part = rows[start...].prefix(AnswersInProgress.rowsAtOnce)
            let others = try await persons(part.map { PersonID(stored: $0.other) })
            for row in part {
                // A person may have been erased in the meantime.
                if let other = others[PersonID(stored: row.other)] { row.write(with: other, names, to: &writer) }
            }
            try await send(writer.takeBytes())
            start = part.endIndex
        }
        writer.end(.array)
        try await send(writer.takeBytes())
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
