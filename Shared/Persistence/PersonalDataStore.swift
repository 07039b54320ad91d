package import Models
package import Postgres

/// What is stored about a person besides locations, for an export by that person.
package struct PersonalDataStore: Sendable {
    /// A device without its id and token, which are credentials.
    package struct RegisteredDevice: Equatable, Sendable {
        /// The number that the device's locations have.
        package let number: DeviceNumber
        /// The owner's name for the device.
        package let name: String
        /// The time of registration.
        package let creationTime: Timestamp
        /// When it last sent something.
        package let lastSeen: Timestamp?

        package init(number: DeviceNumber, name: String, creationTime: Timestamp, lastSeen: Timestamp?) {
            (self.number, self.name, self.creationTime, self.lastSeen) = (number, name, creationTime, lastSeen)
        }
    }

    /// A consent, or its withdrawal.
    package struct ConsentChange: Equatable, Sendable {
        /// The purpose.
        package let purpose: String
        /// Whether the person agrees.
        package let isGiven: Bool
        /// The version of the text that the person saw.
        package let textVersion: Int
        /// When the person agreed, or withdrew it.
        package let time: Timestamp

        package init(purpose: String, isGiven: Bool, textVersion: Int, time: Timestamp) {
            (self.purpose, self.isGiven, self.textVersion, self.time) = (purpose, isGiven, textVersion, time)
        }
    }

    /// A nudge without the other person, whose place it tells.
    package struct ReceivedNudge: Equatable, Sendable {
        package let time: Timestamp
        /// When it ended.
        package let expiry: Timestamp
        /// The distance, rounded to a band.
        package let aboutMetres: Int32

        package init(time: Timestamp, expiry: Timestamp, aboutMetres: Int32) {
            (self.time, self.expiry, self.aboutMetres) = (time, expiry, aboutMetres)
        }
    }

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// A person's devices in the order of their registration.
    package func devices(of person: PersonID) async throws -> [RegisteredDevice] {
        try await client.query(
            """
            SELECT number, name, created_at, seen_at FROM device LEFT JOIN device_status ON device_id = id
            WHERE person_id = \(person) ORDER BY created_at, id
            """
        ).decode(Int16?.self, String.self, PostgresTimestamp.self, PostgresTimestamp?.self).map {
            number,
            name,
            creation,
            seen in
            RegisteredDevice(
                number: DeviceNumber(stored: number),
                name: name,
                creationTime: Timestamp(creation),
                lastSeen: seen.map { Timestamp($0) }
            )
        }
    }

    /// The last change of each consent of a person.
    package func consents(of person: PersonID) async throws -> [ConsentChange] {
        try await client.query(
            """
            SELECT purpose, is_given, text_version, changed_at FROM consent
            WHERE person_id = \(person) ORDER BY changed_at, purpose
            """
        ).decode(String.self, Bool.self, Int32.self, PostgresTimestamp.self).map { purpose, isGiven, version, time in
            ConsentChange(purpose: purpose, isGiven: isGiven, textVersion: Int(version), time: Timestamp(time))
        }
    }

    /// A person's own card, empty without one.
    package func card(of person: PersonID) async throws -> ContactCard {
        try await ContactStore(client: client).card(of: person) ?? ContactCard()
    }

    /// A person's contacts as the person sees them, the latest first; at most ``ContactStore/maximumContacts``.
    package func contacts(of person: PersonID) async throws -> [ContactStore.Contact] {
        try await ContactStore(client: client).contacts(of: person, isLimited: true)
    }

    /// A person's notes, the latest first; at most ``PersonNoteStore/maximumPerPerson``.
    package func notes(of person: PersonID) async throws -> [PersonNoteStore.StoredNote] {
        try await PersonNoteStore(client: client).notes(of: person)
    }

    /// A person's pauses, the earliest first; at most ``PauseStore/maximumPerPerson``.
    package func pauses(of person: PersonID) async throws -> [Pause] {
        try await (PauseStore(client: client).pauses(of: [person])[person] ?? []).sorted { $0.begins < $1.begins }
    }

    /// A person's nudges of the last day, the earliest first, as far as the two may still learn of each other.
    package func nudges(of person: PersonID) async throws -> [ReceivedNudge] {
        try await client.query(
            """
            SELECT created_at, expires_at, about_metres FROM nudge
            WHERE person_id = \(person) AND nudge_holds(id, \(Int64(ConsentPurpose.textVersion))) ORDER BY id
            """
        ).decode(PostgresTimestamp.self, PostgresTimestamp.self, Int32.self).map { time, expiry, metres in
            ReceivedNudge(time: Timestamp(time), expiry: Timestamp(expiry), aboutMetres: metres)
        }
    }

    /// A person's browsers that get push messages, the earliest first; at most ``PushStore/maximumPerPerson``.
    package func pushSubscriptions(of person: PersonID) async throws -> [PushSubscription] {
        try await PushStore(client: client).subscriptions(of: person)
    }

    /// Who looked at a person's data; see ``DataReading``.
    package func readings(of person: PersonID) async throws -> [DataReading] {
        try await DataReading.all(of: person, in: client)
    }

    /// A page of a person's locations with their telemetry, in time order.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - last: the page starts after this location; at the beginning if `nil`.
    ///   - limit: the maximum size of the page.
    /// - Returns: the locations; empty after the last.
    /// - Throws: `PostgresError`.
    package func locations(of person: PersonID, after last: Location?, limit: Int) async throws -> [Location] {
        try await LocationStore(client: client).fullTrail(of: person, after: last, limit: limit)
    }
}
