import HTTPServer
import JSON
import LocationQueue
import Models
import RESTContract

/// The REST surface of location-producer.
struct LocationRoutes<Queue: LocationQueueProducer>: Sendable {
    /// The way to the queue.
    let intake: LocationIntake<Queue>
    /// Bounds the memory of batches.
    let budget: BatchBudget

    /// Adds the routes.
    func add(to router: inout Router) {
        router.post("/api/locations", handler: takeOne)
        router.post("/api/locations/batch", handler: takeBatch)
    }

    private static var maximumBody: Int { 64 << 10 }

    /// Answers with the location and its number once the queue has it.
    private func takeOne(_ request: Request) async throws -> Response {
        let moment = intake.now()
        let report: LocationReport
        do {
            var reader = JSONReader(try await request.body.collect(upTo: Self.maximumBody))
            report = try LocationReport(from: &reader, now: moment)
            try reader.finish()
        } catch let errors as FieldErrors {
            intake.reject()
            throw errors
        }
        let ids = try await intake.take([report], at: moment, trace: request.trace)
        guard let id = ids.first else { throw Problem(.internalServerError) }
        return .json(headers: ["Location": "/api/locations/\(id.rawValue)"]) { writer in
            Location(id: id, report: report).write(to: &writer)
        }
    }

    /// Takes what is valid, although other items are not, and answers with a verdict on each.
    private func takeBatch(_ request: Request) async throws -> Response {
        try await budget.withReservation(for: request) { try await takeReservedBatch(request) }
    }

    private func takeReservedBatch(_ request: Request) async throws -> Response {
        let moment = intake.now()
        let bytes = try await request.body.collect(upTo: LocationBatch.maximumBytes)
        let batch = try LocationBatch(bytes, contentType: request.headers["Content-Type"], now: moment)
        let ids = try await intake.take(batch.reports, at: moment, trace: request.trace)
        intake.reject(batch.verdicts.count - ids.count)
        return .json(status: ids.count == batch.verdicts.count ? .ok : .multi) { writer in
            batch.write(to: &writer, ids: ids)
        }
    }
}

extension LocationQueueError: ProblemConvertible {
    /// 503: the sender keeps what it has and comes again.
    var problem: Problem {
        code == .misconfigured ? Problem(.internalServerError) : .unavailable(description)
    }
}
