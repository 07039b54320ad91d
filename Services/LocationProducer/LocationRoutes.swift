import HTTPServer
import JSON
import LocationQueue
import Models
import RESTContract

/// The REST routes of location-producer for locations.
struct LocationRoutes: Sendable {
    /// Appends locations to the queue.
    let intake: LocationIntake
    /// Finds out who sends a request.
    let senders: LocationSenders
    /// Repeats answers to repeated requests.
    let answers: IdempotentAnswers
    /// The bounds of a batch of lines.
    let bounds: LineBounds
    let admission: RouteAdmission
    let batchAdmission: RouteAdmission

    private static let maximumBody = 64 << 10

    init(
        intake: LocationIntake,
        senders: LocationSenders,
        admission: Admission,
        answers: IdempotentAnswers,
        bounds: LineBounds = LineBounds()
    ) {
        self.intake = intake
        self.senders = senders
        self.answers = answers
        self.bounds = bounds
        self.admission = admission.route(limit: Self.maximumBody)
        // Only a part of lines is in memory.
        batchAdmission = RouteAdmission(admission: admission) { request in
            request.isContent(.jsonLines) ? LocationLines.memory : LocationBatch.maximumBytes
        }
    }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.post("/api/locations", of: .json, gate: admission.gate, handler: takeOne)
        router.post(
            "/api/locations/batch",
            of: [.json, .jsonLines],
            gate: batchAdmission.gate,
            handler: { request in
                let sender = try await senders.sender(of: request)
                return try await answers.answer(request, at: intake.now(), upTo: bounds.bytes) {
                    try await takeBatch(request, from: sender, $0)
                }
            }
        )
    }

    /// Answers with the location and its number once the queue has it.
    private func takeOne(_ request: Request) async throws -> Response {
        let sender = try await senders.sender(of: request)
        return try await answers.answer(request, at: intake.now(), upTo: Self.maximumBody) { attempt in
            try await admission.withBody(of: request) { bytes in
                attempt.note(bytes)
                return try await takeOne(bytes, from: sender, at: attempt.moment, request)
            }
        }
    }

    private func takeOne(
        _ bytes: [UInt8],
        from sender: LocationSender,
        at moment: Timestamp,
        _ request: Request
    ) async throws -> Response {
        var report: LocationReport
        do {
            var reader = JSONReader(bytes)
            report = try LocationReport(from: &reader, now: moment)
            try reader.finish()
        } catch let errors as FieldErrors {
            intake.reject()
            throw errors
        }
        report.device = sender.device
        if let refusal = try await intake.refusal(of: report.personID, from: sender) { throw refusal.problem }
        try await senders.limits.take(1, from: sender)
        let id = try await intake.take(report, at: moment, trace: request.trace)
        return .json(headers: ["Location": "/api/locations/\(id.rawValue)"]) { writer in
            Location(id: id, report: report).write(to: &writer)
        }
    }
}
