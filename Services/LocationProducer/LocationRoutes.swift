import HTTPServer
import JSON
import LocationQueue
import Models
import RESTContract

/// The REST routes of location-producer for locations.
struct LocationRoutes<Queue: LocationQueueProducer>: Sendable {
    /// Appends locations to the queue.
    let intake: LocationIntake<Queue>
    /// Limits the requests in progress.
    let admission: Admission
    /// Repeats answers to repeated requests.
    let answers: IdempotentAnswers
    /// The bounds of a batch of lines.
    var bounds = LineBounds()

    /// Adds the routes.
    func add(to router: inout Router) {
        router.post(
            "/api/locations",
            of: .json,
            gate: admission.gate(limit: Self.maximumBody),
            handler: takeOne
        )
        router.post(
            "/api/locations/batch",
            of: [.json, .jsonLines],
            gate: batchGate,
            handler: { request in
                try await answers.answer(request, upTo: bounds.bytes) { try await takeBatch(request, $0) }
            }
        )
    }

    private static var maximumBody: Int { 64 << 10 }

    /// Answers with the location and its number once the queue has it.
    private func takeOne(_ request: Request) async throws -> Response {
        try await answers.answer(request, upTo: Self.maximumBody) { attempt in
            try await admission.withBody(of: request, upTo: Self.maximumBody) { bytes in
                attempt.note(bytes)
                return try await takeOne(bytes, at: attempt.moment, request)
            }
        }
    }

    private func takeOne(_ bytes: [UInt8], at moment: Timestamp, _ request: Request) async throws -> Response {
        let report: LocationReport
        do {
            var reader = JSONReader(bytes)
            report = try LocationReport(from: &reader, now: moment)
            try reader.finish()
        } catch let errors as FieldErrors {
            intake.reject()
            throw errors
        }
        guard try await intake.unknownPersons(among: [report.personID]).isEmpty else {
            intake.reject()
            intake.noteUnknownPersons()
            throw Problem.unknownPerson
        }
        let ids = try await intake.take([report], at: moment, trace: request.trace)
        guard let id = ids.first else { throw Problem(.internalServerError) }
        return .json(headers: ["Location": "/api/locations/\(id.rawValue)"]) { writer in
            Location(id: id, report: report).write(to: &writer)
        }
    }
}
