import HTTPServer
import JSON
import Models
import Synchronization

/// The part of the API that seeding uses, over arrays.
final class StandInService: Sendable {
    struct Stored {
        var persons: [PersonDetails] = []
        /// Person and microseconds of each location, in order of arrival; persons from 0.
        var locations: [[Int]] = []
        /// The accuracy of each, in metres.
        var accuracies: [Int?] = []
        /// How many locations each batch had.
        var batches: [Int] = []
        /// Requests that are yet to be answered 503.
        var refusals: Int
    }

    private let state: Mutex<Stored>

    init(refusals: Int) {
        state = Mutex(Stored(refusals: refusals))
    }

    var stored: Stored { state.withLock { $0 } }

    var router: Router {
        var router = Router()
        router.post("/api/persons") { [self] request in
            try refuseIfBusy()
            var reader = JSONReader(try await request.body.collect(upTo: 10_000))
            let details = try PersonDetails(from: &reader)
            let count = state.withLock { state in
                state.persons.append(details)
                return state.persons.count
            }
            return .json { writer in
                writer.beginObject()
                writer.member("id", count)
                writer.member("first_name", details.firstName)
                writer.endObject()
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
                state.batches.append(locations.count)
            }
            return Self.verdict(accepted: locations.count, refusals: refusals)
        }
        return router
    }

    private static func verdict(accepted: Int, refusals: [FieldErrors]) -> Response {
        .json(status: refusals.isEmpty ? .ok : .multi) { writer in
            writer.beginObject()
            writer.member("accepted", accepted)
            writer.member("rejected", refusals.count)
            writer.key("items")
            writer.beginArray()
            for entry in refusals.flatMap(\.entries) {
                writer.beginObject()
                writer.member("errors", entry.message)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
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
