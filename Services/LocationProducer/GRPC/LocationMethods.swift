import GRPCServer
import LocationProtocol
import LocationQueue
import Models
import Observability

/// The gRPC methods of location-producer.
struct LocationMethods: Sendable {
    private let intake: LocationIntake
    private let senders: LocationSenders
    private let admission: Admission
    private let exchanged: Counter

    /// Makes the methods.
    ///
    /// - Parameters:
    ///   - intake: appends locations to the queue.
    ///   - senders: finds out who calls.
    ///   - admission: limits the calls in progress.
    ///   - metrics: receives the counter of swapped axes.
    init(intake: LocationIntake, senders: LocationSenders, admission: Admission, metrics: MetricsRegistry) {
        self.intake = intake
        self.senders = senders
        self.admission = admission
        exchanged = metrics.counter(
            "locations_exchanged_total",
            "Locations of legacy clients with swapped latitude and longitude."
        )
    }

    /// The methods.
    var router: RPCRouter {
        var router = RPCRouter()
        router.unary("/LocationService/Create", handler: create)
        router.unary("/udaconnect.location.v1.LocationService/Report", handler: report)
        router.unary("/udaconnect.location.v1.LocationService/ReportBatch", handler: reportBatch)
        router.bidirectional("/udaconnect.location.v1.LocationService/ReportStream", handler: reportStream)
        return router
    }

    /// Answers with an echo of the request.
    private func create(_ request: CreateRequest, _ context: ServerContext) async throws -> CreateResponse {
        let sender = try await senders.sender(of: context)
        let moment = intake.now()
        let report: LocationReport
        do {
            let (checked, wereExchanged) = try request.location.report(now: moment)
            report = checked
            if wereExchanged { exchanged.increment() }
        } catch {
            intake.reject()
            throw error.rpcError(in: "")
        }
        _ = try await take(report, from: sender, named: "", at: moment, context)
        return CreateResponse(echo: request.bytes)
    }

    private func report(_ request: ReportRequest, _ context: ServerContext) async throws -> ReportResponse {
        let sender = try await senders.sender(of: context)
        let moment = intake.now()
        guard let location = request.message.locations.first else {
            intake.reject()
            throw FieldErrors.noLocation.rpcError(in: "")
        }
        let report: LocationReport
        do {
            report = try location.report(now: moment)
        } catch {
            intake.reject()
            throw error.rpcError(in: "location.")
        }
        let id = try await take(report, from: sender, named: "location.", at: moment, context)
        return ReportResponse(id: id)
    }

    /// Accepts the valid locations, even if others are invalid.
    private func reportBatch(
        _ request: ReportBatchRequest,
        _ context: ServerContext
    ) async throws -> ReportBatchResponse {
        let sender = try await senders.sender(of: context)
        let moment = intake.now()
        var batch = CheckedLocations()
        try batch.add(request.message.locations, position: 1, now: moment)
        let cost = batch.reports.count * Admission.locationCost
        let ids = try await admission.admit(cost: cost, memory: batch.memory)?.work(cost: cost) {
            try await prepare(&batch, from: sender)
            return try await intake.take(batch.reports, at: moment, trace: context.trace)
        }
        guard let ids else { throw RPCError.overloaded }
        intake.reject(batch.rejections.count)
        return ReportBatchResponse(count: request.message.locations.count, ids: ids, rejections: batch.rejections)
    }

    /// Receives locations while earlier ones are appended to the queue.
    ///
    /// The credential is looked at again for each append, so a stream ends when its device is removed or its key revoked.
    private func reportStream(
        _ requests: RPCRequests<ReportStreamRequest>,
        _ responses: RPCWriter<ReportStreamResponse>,
        _ context: ServerContext
    ) async throws {
        // Later, the window limits the stream.
        _ = try await senders.sender(of: context)
        guard admission.admit(cost: 0) != nil else { throw RPCError.overloaded }
        let window = StreamWindow(admission: admission)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                var nextPosition: Int64 = 1
                do {
                    for try await request in requests {
                        let batch = try request.checked(after: &nextPosition, now: intake.now())
                        try await window.put(batch)
                    }
                    window.finish(nil)
                } catch {
                    // Earlier locations are still acknowledged.
                    window.finish(error)
                }
            }
            while var batch = try await window.take() {
                try await prepare(&batch, from: senders.sender(of: context))
                _ = try await intake.take(batch.reports, at: intake.now(), trace: context.trace)
                window.release(batch)
                intake.reject(batch.rejections.count)
                try await responses.write(
                    ReportStreamResponse(acknowledged: batch.lastPosition, rejections: batch.rejections)
                )
            }
        }
    }

    /// Appends the location of a call, if there is room for it and its person exists; `path` leads to the location's
    /// fields in the request.
    private func take(
        _ report: LocationReport,
        from sender: LocationSender,
        named path: String,
        at moment: Timestamp,
        _ context: ServerContext
    ) async throws -> LocationID {
        let cost = Admission.locationCost
        let id = try await admission.admit(cost: cost, memory: 0)?.work(cost: cost) {
            if let refusal = try await intake.refusal(of: report.personID, from: sender) {
                throw refusal.rpcError(in: path)
            }
            try await senders.limits.take(1, from: sender)
            var report = report
            report.device = sender.device
            return try await intake.take(report, at: moment, trace: context.trace)
        }
        guard let id else { throw RPCError.overloaded }
        return id
    }

    /// Rejects the locations that the sender may not report, counts the others, and notes the sender's device in them.
    private func prepare(_ batch: inout CheckedLocations, from sender: LocationSender) async throws {
        let refusals = try await intake.refusals(among: batch.reports.map { $0.personID }, from: sender)
        if !refusals.isEmpty { intake.noteUnknownPersons(batch.reject(refusals)) }
        try await senders.limits.take(batch.reports.count, from: sender)
        batch.note(sender.device)
    }
}
