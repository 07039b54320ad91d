package import Credentials
package import Models
package import Postgres

/// The columns of a device that location-producer needs to identify it.
package struct KnownDevice: Equatable, Sendable {
    /// The device's id in the protocols of phone apps.
    package let id: DeviceID
    /// The owner.
    package let personID: PersonID
    /// The device's number among those of its person; `.none` if the person has more than 255.
    package let number: DeviceNumber
    /// The digest of its token.
    package let digest: TokenDigest
    /// Whether the id identifies the device where a protocol has no token; otherwise the token takes its place.
    package let isIDEnough: Bool

    package init(
        id: DeviceID,
        personID: PersonID,
        number: DeviceNumber,
        digest: TokenDigest,
        isIDEnough: Bool = true
    ) {
        self.id = id
        self.personID = personID
        self.number = number
        self.digest = digest
        self.isIDEnough = isIDEnough
    }
}

/// The devices in the database.
package struct DeviceStore: Sendable {
    /// The outcome of a registration.
    package enum Registration: Equatable, Sendable {
        /// The device is stored.
        case registered(Device)
        /// Another device has the id.
        case taken
        /// No person has this number.
        case noSuchPerson
        /// The person has ``maximumPerPerson`` devices.
        case tooMany
    }

    /// The maximum number of devices per person.
    package static let maximumPerPerson = 10

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Registers a device under an unused id, with the smallest free number of its person.
    ///
    /// - Parameters:
    ///   - id: the id.
    ///   - person: the owner.
    ///   - name: the owner's name for the device.
    ///   - digest: the digest of its token.
    ///   - isIDEnough: whether the id identifies the device where a protocol has no token.
    /// - Returns: the outcome.
    /// - Throws: `PostgresError`.
    package func register(
        _ id: DeviceID,
        of person: PersonID,
        name: String,
        digest: TokenDigest,
        isIDEnough: Bool = true
    ) async throws -> Registration {
        try await client.withTransaction { connection in
            try await Self.insert(id, person, name, digest, isIDEnough, on: connection)
        }
    }

    /// Registers a device for the person of an open claim, which then counts no more.
    ///
    /// The claim stays open unless the device is registered and the audit has `entry`, which is given the person of the claim.
    /// For the other parameters see ``register(_:of:name:digest:isIDEnough:)``.
    ///
    /// - Returns: the outcome; `nil` if the digest is of no open claim.
    /// - Throws: `PostgresError`.
    package func register(
        _ id: DeviceID,
        byClaim claim: TokenDigest,
        name: String,
        digest: TokenDigest,
        isIDEnough: Bool,
        recording entry: @Sendable (PersonID) -> AuditEntry
    ) async throws -> Registration? {
        do {
            return try await client.withTransaction { connection in
                guard let person = try await ClaimStore.use(claim, .phone, on: connection) else { return nil }
                let outcome = try await Self.insert(id, person, name, digest, isIDEnough, on: connection)
                guard case .registered = outcome else { throw NotRegistered(outcome: outcome) }
                try await AuditStore.append(AuditRecord(alone: entry(person)), on: connection)
                return outcome
            }
        } catch let failure as NotRegistered {
            return failure.outcome
        }
    }

    /// Rolls the use of a claim back.
    private struct NotRegistered: Error {
        let outcome: Registration
    }

    private static func insert(
        _ id: DeviceID,
        _ person: PersonID,
        _ name: String,
        _ digest: TokenDigest,
        _ isIDEnough: Bool,
        on connection: PostgresConnection
    ) async throws -> Registration {
        // The lock keeps the person from being erased meanwhile, and two registrations from counting the same
        // devices.
        let persons = try await connection.query("SELECT id FROM person WHERE id = \(person) FOR NO KEY UPDATE")
        guard persons.count == 1 else { return .noSuchPerson }
        let count = try await connection.query("SELECT count(*) FROM device WHERE person_id = \(person)")
            .single(Int.self)
        guard count < maximumPerPerson else { return .tooMany }
        let rows = try await connection.query(
            """
            INSERT INTO device (id, person_id, name, token_digest, is_id_enough)
            VALUES (\(id.text), \(person), \(name), \(digest.bytes), \(isIDEnough))
            ON CONFLICT (id) DO NOTHING RETURNING number, created_at
            """
        )
        guard let (number, time) = try rows.decode(Int16?.self, PostgresTimestamp.self).first else { return .taken }
        return .registered(
            Device(
                id: id,
                personID: person,
                number: DeviceNumber(stored: number),
                name: name,
                creationTime: Timestamp(time)
            )
        )
    }

    /// Returns a person's devices in the order of their registration; `nil` if no person has this number.
    package func devices(of person: PersonID) async throws -> [Device]? {
        let rows = try await client.query(
            """
            SELECT id, number, name, created_at, seen_at, clock_offset_ms, refusal, refused_at
            FROM device LEFT JOIN device_status ON device_id = id
            WHERE person_id = \(person) ORDER BY created_at, id
            """
        ).decode(
            String.self,
            Int16?.self,
            String.self,
            PostgresTimestamp.self,
            PostgresTimestamp?.self,
            Int64?.self,
            String?.self,
            PostgresTimestamp?.self
        )
        let devices = rows.compactMap { id, number, name, time, lastSeen, clockOffset, reason, refusalTime in
            DeviceID(id).map { id in
                var status = DeviceStatus()
                status.lastSeen = lastSeen.map { Timestamp($0) }
                status.clockOffset = clockOffset
                if let reason = reason.flatMap(DeviceRefusal.init), let refusalTime {
                    status.refusal = DeviceStatus.Refusal(reason: reason, time: Timestamp(refusalTime))
                }
                return Device(
                    id: id,
                    personID: person,
                    number: DeviceNumber(stored: number),
                    name: name,
                    creationTime: Timestamp(time),
                    status: status
                )
            }
        }
        guard devices.isEmpty else { return devices }
        let exists = try await client.query("SELECT EXISTS (SELECT FROM person WHERE id = \(person))").single(Bool.self)
        return exists ? [] : nil
    }

    /// Removes a device from its person; `false` if the person has no device with this id.
    package func remove(_ id: DeviceID, of person: PersonID) async throws -> Bool {
        try await client.execute("DELETE FROM device WHERE id = \(id.text) AND person_id = \(person)") == 1
    }

    /// Finds a device by its id.
    package func device(_ id: DeviceID) async throws -> KnownDevice? {
        try Self.known(
            await client.query("SELECT \(fragment: Self.columns) FROM device WHERE id = \(id.text)")
        )
    }

    /// Finds a device by the digest of its token.
    package func device(of digest: TokenDigest) async throws -> KnownDevice? {
        try Self.known(
            await client.query("SELECT \(fragment: Self.columns) FROM device WHERE token_digest = \(digest.bytes)")
        )
    }

    /// Listens for devices that are registered or removed.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func changes() throws -> ChangeFeed<DeviceID> {
        try ChangeFeed(of: "device_changed", in: client) { DeviceID($0) }
    }

    private static let columns: PostgresQuery = "id, person_id, number, token_digest, is_id_enough"

    private static func known(_ rows: PostgresRows) throws -> KnownDevice? {
        let row = try rows.decode(String.self, PersonID.self, Int16?.self, [UInt8].self, Bool.self).first
        guard let (id, person, number, bytes, isIDEnough) = row else { return nil }
        guard let id = DeviceID(id), let digest = TokenDigest(bytes) else {
            throw PostgresError(.decoding, "A stored device has an invalid id or token digest.")
        }
        return KnownDevice(
            id: id,
            personID: person,
            number: DeviceNumber(stored: number),
            digest: digest,
            isIDEnough: isIDEnough
        )
    }
}
