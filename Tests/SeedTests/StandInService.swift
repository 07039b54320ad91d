import HTTPServer
import JSON
import Models
import Simulation
import Synchronization

/// A stand-in for the part of the API that seeding uses.
///
/// It stores everything in arrays.
final class StandInService: Sendable {
    struct Stored {
        var persons: [PersonDetails] = []
        /// The paths and bodies of requests for events.
        var events: [(path: String, body: String)] = []
        /// Person and microseconds of each location, in order of arrival.
        ///
        /// Persons are numbered from 0.
        var locations: [[Int]] = []
        /// The accuracy of each location, in metres.
        var accuracies: [Int?] = []
        /// The device of each location: 0 for none, otherwise the number of a registered phone among its owner's.
        var devices: [Int] = []
        /// The owner of each registered phone, from 0, and the phone's number from 1; the token is the index.
        var phones: [(owner: Int, number: Int)] = []
        /// The number of locations in each batch.
        var batches: [Int] = []
        /// Person, id and content of each imported file.
        var imports: [(person: Int, id: String, body: [UInt8])] = []
        /// The number of further requests to answer with 503.
        var refusals: Int
    }

    private let state: Mutex<Stored>

    init(refusals: Int) {
        state = Mutex(Stored(refusals: refusals))
    }

    var stored: Stored { state.withLock { $0 } }

    var router: Router {
        var router = Router()
        router.get("/api/events") { [self] _ in
            try refuseIfBusy()
            let isKnown = state.withLock { !$0.events.isEmpty }
            return .json { writer in
                writer.array { writer in
                    writer.object { $0.member("id", 1) }
                    if isKnown {
                        writer.object {
                            $0.member("id", 2)
                            $0.member("name", "San Mateo Fair, \(SimulationConfiguration.defaultStart.day)")
                        }
                    }
                }
            }
        }
        router.post("/api/events") { [self] request in
            try await takeEvent(request)
            return .json(status: .created) { writer in writer.object { $0.member("id", 2) } }
        }
        for path in ["/api/events/2", "/api/events/2/plan", "/api/events/2/programme"] {
            router.put(path) { [self] request in
                try await takeEvent(request)
                return .json { $0.object { _ in } }
            }
        }
        router.post("/api/persons") { [self] request in
            try refuseIfBusy()
            var reader = JSONReader(try await request.body.collect(upTo: 10_000))
            let details = try PersonDetails(from: &reader)
            let count = state.withLock { state in
                state.persons.append(details)
                return state.persons.count
            }
            return .json { writer in
                writer.object { writer in
                    writer.member("id", count)
                    writer.member("first_name", details.firstName)
                }
            }
        }
        router.post("/api/persons/{id}/devices") { [self] request in
            try refuseIfBusy()
            let owner = try request.parameter("id", as: Int32.self) - 1
            let token = state.withLock { state in
                let number = state.phones.count { $0.owner == Int(owner) } + 1
                state.phones.append((owner: Int(owner), number: number))
                return state.phones.count - 1
            }
            return .json(status: .created) { writer in
                writer.object { writer in
                    writer.member("number", 1)
                    writer.member("token", "\(token)")
                }
            }
        }
        router.post("/api/persons/{id}/imports") { [self] request in
            try refuseIfBusy()
            let person = try request.parameter("id", as: Int32.self)
            let body = try await request.body.collect(upTo: 2_000_000)
            state.withLock {
                $0.imports.append((person: Int(person), id: request.headers["Idempotency-Key"] ?? "", body))
            }
            return .json(status: .created) { writer in
                writer.object { writer in
                    writer.member("state", "done")
                    writer.member("accepted", 2)
                    writer.member("rejected", 1)
                    writer.array("errors") { writer in
                        writer.object {
                            $0.member("element", 3)
                            $0.member("offset", 120)
                            $0.member("detail", "Expected a time.")
                        }
                    }
                }
            }
        }
        router.post("/overland") { [self] request in
            try refuseIfBusy()
            let phones = stored.phones
            guard let token = request.bearerToken.flatMap({ Int($0) }), phones.indices.contains(token) else {
                throw Problem(.unauthorized, "Unknown token.")
            }
            let fixes = try Self.fixes(of: JSONReader(try await request.body.collect(upTo: 2_000_000)))
            state.withLock { state in
                for (time, accuracy) in fixes {
                    state.locations.append([phones[token].owner, Int(time.microseconds)])
                    state.accuracies.append(accuracy)
                    state.devices.append(phones[token].number)
                }
                state.batches.append(fixes.count)
            }
            return .json { writer in
                writer.object { $0.member("result", "ok") }
            }
        }
        router.post("/api/locations/batch") { [self] request in
            try refuseIfBusy()
            let body = try await request.body.collect(upTo: 2_000_000)
            var locations: [[Int]] = []
            var accuracies: [Int?] = []
            var refusals: [FieldErrors] = []
            for line in body.split(separator: UInt8(ascii: "\n")) {
                var reader = JSONReader(Array(line))
                do {
                    let report = try LocationReport(from: &reader, now: Timestamp(microseconds: 4_000_000_000_000_000))
                    locations.append([Int(report.personID.rawValue) - 1, Int(report.creationTime.microseconds)])
                    accuracies.append(report.accuracy.map { Int($0.metres) })
                } catch let errors as FieldErrors {
                    refusals.append(errors)
                }
            }
            state.withLock { state in
                state.locations += locations
                state.accuracies += accuracies
                state.devices += locations.map { _ in 0 }
                state.batches.append(locations.count)
            }
            return Self.verdict(accepted: locations.count, refusals: refusals)
        }
        return router
    }

    /// The time and accuracy of each feature in an Overland request.
    private static func fixes(of reader: JSONReader) throws -> [(Timestamp, Int?)] {
        var reader = reader
        var fixes: [(Timestamp, Int?)] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "locations" else {
                try reader.skipValue()
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() {
                try reader.beginObject()
                while let key = try reader.nextKey() {
                    if key == "properties" {
                        fixes.append(try properties(from: &reader))
                    } else {
                        try reader.skipValue()
                    }
                }
            }
        }
        return fixes
    }

    private static func properties(from reader: inout JSONReader) throws -> (Timestamp, Int?) {
        var (time, accuracy) = (nil as Timestamp?, nil as Int?)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "timestamp": time = Timestamp(iso8601: try reader.readString().utf8)
            case "horizontal_accuracy": accuracy = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
        guard let time else { throw Problem(.badRequest, "No timestamp.") }
        return (time, accuracy)
    }

    private static func verdict(accepted: Int, refusals: [FieldErrors]) -> Response {
        .json(status: refusals.isEmpty ? .ok : .multiStatus) { writer in
            writer.object { writer in
                writer.member("accepted", accepted)
                writer.member("rejected", refusals.count)
                writer.array("items", of: refusals.flatMap(\.entries)) { writer, entry in
                    writer.object { $0.member("errors", entry.message) }
                }
            }
        }
    }

    private func takeEvent(_ request: Request) async throws {
        let body = String(decoding: try await request.body.collect(upTo: 10_000_000), as: UTF8.self)
        state.withLock { $0.events.append((path: request.path, body: body)) }
    }

    private func refuseIfBusy() throws {
        let isBusy = state.withLock { state in
            guard state.refusals > 0 else { return false }
            state.refusals -= 1
            return true
        }
        if isBusy { throw Problem(.serviceUnavailable, "Come back later.", headers: ["Retry-After": "0"]) }
    }
}
