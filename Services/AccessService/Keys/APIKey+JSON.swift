import Access
import JSON
import Models
import Persistence

extension APIKey {
    /// Writes the members; none of them is a secret.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id.text)
        writer.member("name", details.name)
        writer.array("scopes", of: details.scopes.sorted()) { $0.value($1) }
        writer.array("events", of: details.events.sorted()) { $0.value($1.rawValue) }
        writer.array("networks", of: details.networks) { $0.value($1) }
        if let limit = details.dailyLimit { writer.member("daily_limit", limit) }
        writer.member("created_by", createdBy)
        writer.member("created_at", createdAt.description)
        writer.member("expires_at", details.expiresAt.description)
        if let usedAt { writer.member("used_at", usedAt.description) }
        if let revokedAt { writer.member("revoked_at", revokedAt.description) }
    }
}

extension APIKey.Details {
    /// How many days a key counts if its request does not say.
    static let defaultDays = 90
    /// How many days a key may count.
    static let validDays = 1...365

    /// The time after a number of days from now.
    static func expiry(afterDays days: Int) -> Timestamp {
        Timestamp(microseconds: Timestamp.now().microseconds + Int64(days) * CalendarDate.microsecondsPerDay)
    }

    /// Reads the body of a request for a key.
    ///
    /// - Parameters:
    ///   - bytes: an object with `name`, and if wanted `scopes`, `events`, `networks`, `daily_limit`, `days`.
    ///   - known: the scopes that a key can have.
    ///   - own: the events of the organiser, to which the key must be limited; all events if empty.
    /// - Throws: `FieldErrors` with every problem, or `JSONError` if the text is not JSON.
    init(json bytes: [UInt8], scopes known: Set<String>, events own: Set<EventID>) throws {
        var (reader, errors) = (JSONReader(bytes), FieldErrors())
        var (name, days) = (String?.none, Self.defaultDays)
        self.init(name: "", expiresAt: .now())
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        try reader.beginObject()
        while let member = try reader.nextKey() {
            let kind = try reader.peekKind()
            switch (member, kind) {
            case ("name", .string):
                let text = try reader.readString()
                if let problem = VisibleText.problem(of: text, characters: 1...100) { errors.add(member, problem) }
                name = text
            case ("scopes", .array):
                scopes = Set(try reader.strings(atMost: 64, member, &errors))
                if !scopes.isSubset(of: known) {
                    errors.add(member, "Expected scopes of \(known.sorted().joined(separator: ", ")).")
                }
            case ("events", .array): events = try reader.events(member, &errors)
            case ("networks", .array):
                networks = try reader.strings(atMost: KeyNetwork.maximumCount, member, &errors)
                if networks.contains(where: { KeyNetwork($0) == nil }) {
                    errors.add(member, "Each must be \(KeyNetwork.expectation).")
                }
            case ("daily_limit", .number):
                dailyLimit = try? reader.readInteger(as: Int64.self)
                if dailyLimit.map({ $0 < 1 }) ?? true { errors.add(member, "Must be a positive integer.") }
            case ("days", .number): days = try reader.days(&errors)
            default:
                let isKnown = ["name", "scopes", "events", "networks", "daily_limit", "days"].contains(member)
                try reader.skipValue()
                errors.add(
                    String(member.prefix(64)),
                    isKnown ? "Not a valid value of this field." : FieldErrors.unknown
                )
                guard errors.entries.count < 32 else { throw errors }
            }
        }
        try reader.finish()
        if name == nil, !errors.contains("name") { errors.add("name", FieldErrors.missing) }
        if !own.isEmpty, events.isEmpty || !events.isSubset(of: own) {
            errors.add("events", "Expected one or more of your own events.")
        }
        guard !errors.contains() else { throw errors }
        self.name = name ?? ""
        expiresAt = Self.expiry(afterDays: days)
    }

    /// Reads the body of a rotation: nothing, or `{"days": …}`.
    ///
    /// - Returns: how many days the new key counts.
    /// - Throws: `FieldErrors`, or `JSONError` if the text is not JSON.
    static func days(json bytes: [UInt8]) throws -> Int {
        guard !bytes.isEmpty else { return defaultDays }
        var (reader, errors, days) = (JSONReader(bytes), FieldErrors(), defaultDays)
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        try reader.beginObject()
        while let member = try reader.nextKey() {
            guard member == "days", try reader.peekKind() == .number else {
                throw FieldErrors(
                    String(member.prefix(64)),
                    member == "days" ? "Must be an integer from 1 to 365." : FieldErrors.unknown
                )
            }
            days = try reader.days(&errors)
        }
        try reader.finish()
        guard !errors.contains() else { throw errors }
        return days
    }
}

extension JSONReader {
    fileprivate mutating func days(_ errors: inout FieldErrors) throws -> Int {
        let text = try readNumberText().map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let days = Int(text), APIKey.Details.validDays.contains(days) else {
            errors.add("days", "Must be an integer from 1 to 365.")
            return APIKey.Details.defaultDays
        }
        return days
    }

    fileprivate mutating func strings(
        atMost maximum: Int,
        _ member: String,
        _ errors: inout FieldErrors
    ) throws -> [String] {
        var texts: [String] = []
        try beginArray()
        while try nextElement() {
            guard try peekKind() == .string else {
                if !errors.contains(member) { errors.add(member, "Expected texts.") }
                try skipValue()
                continue
            }
            texts.append(try readString())
        }
        if texts.count > maximum { errors.add(member, "Expected at most \(maximum) elements.") }
        return texts
    }

    fileprivate mutating func events(_ member: String, _ errors: inout FieldErrors) throws -> Set<EventID> {
        var (events, count) = (Set<EventID>(), 0)
        try beginArray()
        while try nextElement() {
            count += 1
            let isNumber = try peekKind() == .number
            let text = isNumber ? try readNumberText().map { String(decoding: $0, as: UTF8.self) } : nil
            if !isNumber { try skipValue() }
            if let event = text.flatMap({ Int32($0) }).flatMap({ EventID(rawValue: $0) }) {
                events.insert(event)
            } else if !errors.contains(member) {
                errors.add(member, "Expected numbers of events.")
            }
        }
        if count > 1_000 { errors.add(member, "Expected at most 1000 elements.") }
        return events
    }
}
