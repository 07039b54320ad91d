import JSON
import Models
import Simulation
import TestSupport

extension UdaConnectClient {
    /// Adds the simulated event with its plan and programme, or replaces the event of the same name.
    ///
    /// Returns its number; `nil` if the service has no events, as releases before had none.
    func createEvent(of simulator: EventSimulator) async throws -> EventID? {
        let list = try await send("/api/events", "application/json", nil, by: "GET", isRepeatable: true)
        guard list.status == 200 else {
            guard list.status == 404 else { throw Self.failure("GET /api/events", list) }
            return nil
        }
        let description = try JSONWriter.bytes { try simulator.writeEvent(to: &$0) }
        let event: EventID
        if let known = try Self.event(named: simulator.name, in: list.body) {
            event = known
            try await put("/api/events/\(known.rawValue)", description)
        } else {
            // An event that is posted twice exists twice.
            let answer = try await send("/api/events", "application/json", description, isRepeatable: false)
            guard answer.status == 201, let added = try Self.event(named: nil, in: [0x5B] + answer.body + [0x5D]) else {
                throw Self.failure("POST /api/events", answer)
            }
            event = added
        }
        let path = "/api/events/\(event.rawValue)"
        try await put("\(path)/plan", try JSONWriter.bytes { try simulator.writePlan(to: &$0) })
        try await put("\(path)/programme", JSONWriter.bytes { simulator.writeProgramme(to: &$0) })
        return event
    }

    private func put(_ path: String, _ body: [UInt8]) async throws {
        let answer = try await send(path, "application/json", body, by: "PUT", isRepeatable: true)
        guard answer.status == 200 else { throw Self.failure("PUT \(path)", answer) }
    }

    /// The first event in an array, of a name if one is given.
    private static func event(named wanted: String?, in events: [UInt8]) throws(JSONError) -> EventID? {
        var reader = JSONReader(events)
        try reader.beginArray()
        while try reader.nextElement() {
            var (id, name) = (nil as EventID?, nil as String?)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "id": id = EventID(rawValue: try reader.readInteger(as: Int64.self))
                case "name": name = try reader.readString()
                default: try reader.skipValue()
                }
            }
            if wanted == nil || name == wanted { return id }
        }
        return nil
    }
}
