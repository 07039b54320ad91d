import JSON
import Models

extension Webhook {
    /// Writes the members; none of them is a secret.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("name", details.name)
        writer.member("url", details.url)
        writer.array("types", of: details.types.map(\.rawValue).sorted()) { $0.value($1) }
        writer.array("events", of: details.events.sorted()) { $0.value($1.rawValue) }
        writer.array("persons", of: details.persons.sorted()) { $0.value($1.rawValue) }
        writer.array("zones", of: details.zones.sorted()) { $0.value($1.rawValue) }
        writer.member("ordered", details.isOrdered)
        writer.member("enabled", details.isEnabled)
        if let disabledReason { writer.member("disabled_reason", disabledReason) }
        writer.member("created_by", createdBy)
        writer.member("created_at", createdAt.description)
        if let previousUntil { writer.member("previous_secret_until", previousUntil.description) }
        writer.member("failures", failures)
        if let closedUntil { writer.member("closed_until", closedUntil.description) }
    }
}

extension WebhookDelivery {
    /// Writes the delivery as an object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("message_id", messageID)
            writer.member("type", type.rawValue)
            writer.member("state", state.rawValue)
            writer.member("attempts", attempts)
            writer.member("created_at", createdAt.description)
            if state == .pending { writer.member("due_at", dueAt.description) }
            if let finishedAt { writer.member("finished_at", finishedAt.description) }
            if let status { writer.member("status", status) }
            if let error { writer.member("error", error) }
        }
    }
}

extension Webhook.Details {
    /// Reads the body of a request for a subscription.
    ///
    /// - Parameters:
    ///   - bytes: an object with `name`, `url` and `types`, and if wanted `events`, `persons`, `zones`, `ordered`, `enabled`.
    ///   - own: the events that the identity is limited to, to which the subscription must be limited; all if empty.
    ///   - address: reads the address of an endpoint; `nil` if it is not allowed.
    /// - Throws: `FieldErrors` with every problem, or `JSONError` if the text is not JSON.
    init(json bytes: [UInt8], events own: Set<EventID>, address: (String) -> EndpointAddress?) throws {
        var (reader, errors, seen) = (JSONReader(bytes), FieldErrors(), Set<String>())
        self.init(name: "", url: "", types: [])
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        try reader.beginObject()
        while let member = try reader.nextKey() {
            seen.insert(member)
            switch (member, try reader.peekKind()) {
            case ("name", .string):
                name = try reader.readString()
                if let problem = VisibleText.problem(of: name, characters: 1...100) { errors.add(member, problem) }
            case ("url", .string):
                url = try reader.readString()
                if address(url) == nil { errors.add(member, EndpointAddress.problem) }
            case ("types", .array): types = try reader.types(&errors)
            case ("events", .array): events = try reader.numbers(member, &errors)
            case ("persons", .array): persons = try reader.numbers(member, &errors)
            case ("zones", .array): zones = try reader.numbers(member, &errors)
            case ("ordered", .boolean): isOrdered = try reader.readBoolean()
            case ("enabled", .boolean): isEnabled = try reader.readBoolean()
            default:
                let isKnown = Self.members.contains(member)
                try reader.skipValue()
                errors.add(
                    String(member.prefix(64)),
                    isKnown ? "Not a valid value of this field." : FieldErrors.unknown
                )
                guard errors.entries.count < 32 else { throw errors }
            }
        }
        try reader.finish()
        for member in ["name", "url", "types"] where !seen.contains(member) {
            errors.add(member, FieldErrors.missing)
        }
        if !own.isEmpty, !errors.contains("events"), events.isEmpty || !events.isSubset(of: own) {
            errors.add("events", "Expected one or more of your own events.")
        }
        guard !errors.contains() else { throw errors }
    }

    private static let members: Set = ["name", "url", "types", "events", "persons", "zones", "ordered", "enabled"]
}

extension JSONReader {
    fileprivate mutating func types(_ errors: inout FieldErrors) throws -> Set<DomainEventType> {
        var (types, isValid) = (Set<DomainEventType>(), true)
        try beginArray()
        while try nextElement() {
            let isText = try peekKind() == .string
            let type = isText ? DomainEventType(rawValue: try readString()) : nil
            if !isText { try skipValue() }
            if let type, DomainEventType.subscribable.contains(type) { types.insert(type) } else { isValid = false }
        }
        if types.isEmpty || !isValid {
            let known = DomainEventType.subscribable.map(\.rawValue).joined(separator: ", ")
            errors.add("types", "Expected one or more of \(known).")
        }
        return types
    }

    fileprivate mutating func numbers<Number: RowNumber>(
        _ member: String,
        _ errors: inout FieldErrors
    ) throws -> Set<Number> {
        var (numbers, count, isValid) = (Set<Number>(), 0, true)
        try beginArray()
        while try nextElement() {
            count += 1
            let isNumber = try peekKind() == .number
            let text = isNumber ? try readNumberText().map { String(decoding: $0, as: UTF8.self) } : nil
            if !isNumber { try skipValue() }
            if let number = text.flatMap({ Int32($0) }).flatMap({ Number(rawValue: $0) }) {
                numbers.insert(number)
            } else {
                isValid = false
            }
        }
        if !isValid || count > 1_000 {
            errors.add(member, "Expected at most 1000 numbers from 1 to 2147483647.")
        }
        return numbers
    }
}
