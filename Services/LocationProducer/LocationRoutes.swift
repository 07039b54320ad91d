import HTTPServer
import JSON
import LocationQueue
import Models
import RESTContract

/// The REST surface of location-producer.
struct LocationRoutes<Queue: LocationQueueProducer>: Sendable {
    /// The way to the queue.
    let intake: LocationIntake<Queue>
    /// Who is let in.
    let admission: Admission

    /// Adds the routes.
    func add(to router: inout Router) {
        router.post("/api/locations", gate: admission.gate(limit: Self.maximumBody), handler: takeOne)
        router.post(
            "/api/locations/batch",
            gate: admission.gate(limit: LocationBatch.maximumBytes),
            handler: takeBatch
        )
    }

    private static var maximumBody: Int { 64 << 10 }

    /// Answers with the location and its number once the queue has it.
    private func takeOne(_ request: Request) async throws -> Response {
        try await admission.withBody(of: request, upTo: Self.maximumBody) { try await takeOne($0, request) }
    }

    private func takeOne(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = intake.now()
        let report: LocationReport
        do {
            var reader = JSONReader(bytes)
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
        try await admission.withBody(of: request, upTo: LocationBatch.maximumBytes) { bytes in
            try await takeBatch(bytes, request)
        }
    }

    private func takeBatch(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = intake.now()
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
