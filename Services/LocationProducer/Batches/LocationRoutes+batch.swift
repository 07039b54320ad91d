import HTTPServer
import JSON
import LocationProtocol
import LocationQueue
import Models
import RESTContract

extension LocationRoutes {
    /// Accepts the valid items, and answers with a verdict on each.
    func takeBatch(
        _ request: Request,
        from sender: LocationSender,
        _ attempt: IdempotentAnswers.Attempt
    ) async throws -> Response {
        if request.isContent(.jsonLines) { return try await takeLines(request, from: sender, attempt) }
        return try await batchAdmission.withBody(of: request) { bytes in
            attempt.note(bytes)
            let moment = attempt.moment
            var verdicts = BatchVerdicts()
            var batch = try LocationBatch(array: bytes, of: sender.device, now: moment)
            try await append(&batch, from: sender, to: &verdicts, request)
            return verdicts.response()
        }
    }

    /// Processes lines as they arrive: a part of them is in memory, and is appended before more is read.
    ///
    /// - Throws: ``InterruptedBatch`` with the number of processed lines, if something fails between two parts.
    private func takeLines(
        _ request: Request,
        from sender: LocationSender,
        _ attempt: IdempotentAnswers.Attempt
    ) async throws -> Response {
        let permit = try batchAdmission.admit(request)
        let isCoded = request.headers["Content-Encoding"] != nil
        var progress = Progress(sender: sender, now: attempt.moment)
        do {
            if !isCoded, let announced = request.body.announcedLength, announced <= LocationLines.memory {
                let text = try await request.body.collect(upTo: bounds.bytes)
                attempt.note(text)
                let isDone: Void? = try await permit.work(cost: text.count) {
                    try await read(text, &progress, request, nil)
                    try await finish(&progress, request, nil)
                }
                guard isDone != nil else { throw Problem.overloaded }
            } else {
                for try await text in request.body.limited(to: bounds.bytes) {
                    attempt.note(text)
                    try await read(text, &progress, request, permit)
                }
                try await finish(&progress, request, permit)
            }
        } catch let error as any ProblemConvertible where progress.verdicts.count > 0 {
            throw InterruptedBatch(verdicts: progress.verdicts, cause: error)
        }
        return progress.verdicts.response()
    }

    /// The progress of a batch of lines.
    private struct Progress {
        let sender: LocationSender
        var lines: LocationLines
        var batch: LocationBatch
        var verdicts = BatchVerdicts()

        init(sender: LocationSender, now: Timestamp) {
            self.sender = sender
            batch = LocationBatch(of: sender.device)
            lines = LocationLines(now: now)
        }
    }

    private func read(
        _ text: [UInt8],
        _ progress: inout Progress,
        _ request: Request,
        _ permit: Admission.Permit?
    ) async throws {
        var position = 0
        while position < text.count {
            progress.batch.reserve(bytes: text.count - position)
            try progress.lines.read(text, from: &position, into: &progress.batch)
            if progress.batch.isFull { try await append(&progress, request, permit) }
        }
    }

    private func finish(_ progress: inout Progress, _ request: Request, _ permit: Admission.Permit?) async throws {
        try progress.lines.finish(into: &progress.batch)
        try await append(&progress, request, permit)
    }

    /// Appends the batch, as work of the permit; with `nil`, the caller already works.
    private func append(
        _ progress: inout Progress,
        _ request: Request,
        _ permit: Admission.Permit?
    ) async throws {
        guard progress.batch.nextIndex <= bounds.lines else {
            throw Problem(.contentTooLarge, "A batch has at most \(bounds.lines) lines; send several.")
        }
        guard let permit else {
            return try await append(&progress.batch, from: progress.sender, to: &progress.verdicts, request)
        }
        let isDone: Void? = try await permit.work(cost: progress.batch.count * Admission.locationCost) {
            try await append(&progress.batch, from: progress.sender, to: &progress.verdicts, request)
        }
        guard isDone != nil else { throw Problem.overloaded }
    }

    /// Appends the valid items, records the verdicts, and starts a new batch.
    private func append(
        _ batch: inout LocationBatch,
        from sender: LocationSender,
        to verdicts: inout BatchVerdicts,
        _ request: Request
    ) async throws {
        let refusals = try await intake.refusals(among: batch.messages.map { $0.report.personID }, from: sender)
        if !refusals.isEmpty { intake.noteUnknownPersons(batch.reject(refusals)) }
        try await senders.limits.take(batch.messages.count, from: sender)
        let ids = try await intake.take(batch.messages, trace: request.trace)
        intake.reject(batch.rejections.count)
        verdicts.add(ids, batch.rejections)
        batch = LocationBatch(nextIndex: batch.nextIndex, of: sender.device)
    }
}

/// The bounds of a batch of lines.
struct LineBounds: Sendable {
    /// Bytes, uncompressed.
    var bytes = 256 << 20
    /// Lines that are not blank.
    var lines = 1_000_000
}

/// A part of the lines was processed, then something failed.
struct InterruptedBatch: ProblemConvertible {
    /// The verdicts on the processed lines.
    let verdicts: BatchVerdicts
    /// The failure.
    let cause: any ProblemConvertible

    /// The cause's problem, with the number of processed lines as `lines`; the sender has to repeat the rest.
    var problem: Problem {
        let verdicts = verdicts
        var problem = cause.problem
        problem.detail =
            (problem.detail.map { $0 + " " } ?? "")
            + "The first `lines` lines are processed: send only the later ones again."
        problem.errors = verdicts.problemFields
        problem.extensions = { writer in
            writer.member("lines", verdicts.count)
            writer.member("accepted", verdicts.accepted)
            writer.member("rejected", verdicts.rejected)
        }
        return problem
    }
}
