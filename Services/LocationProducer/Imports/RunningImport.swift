import Credentials
import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import RESTContract

/// Processes one upload.
///
/// Used by one task.
struct RunningImport: ~Copyable {
    /// How often its progress is stored at most, in microseconds.
    private static var interval: Int64 { 1_000_000 }

    /// The progress.
    private(set) var item: LocationImport
    private let person: PersonID
    private let intake: LocationIntake
    private let registry: any ImportRegistry
    private let permit: Admission.Permit
    private let digest = ContentDigest()
    private var document: ImportDocument
    private var yield: ImportYield

    init(
        _ item: LocationImport,
        of person: PersonID,
        format: LocationImport.Format?,
        intake: LocationIntake,
        registry: any ImportRegistry,
        permit: Admission.Permit
    ) {
        self.item = item
        self.person = person
        self.intake = intake
        self.registry = registry
        self.permit = permit
        document = ImportDocument(format: format)
        yield = ImportYield(person: person, now: item.startedAt)
    }

    /// Reads the complete body, and meanwhile appends one batch to the queue.
    mutating func read(_ request: Request, upTo limit: Int) async throws {
        try await withThrowingTaskGroup(of: Int.self) { appends in
            do {
                try await readPieces(of: request, upTo: limit) { batch in
                    let accepted = try await appends.next() ?? 0
                    appends.addTask { try await batch() }
                    return accepted
                }
            } catch {
                // The batch in progress is not lost because the rest of the file is damaged.
                item.accepted += try await appends.next() ?? 0
                throw error
            }
            item.accepted += try await appends.next() ?? 0
        }
        try await appendAll(request)
    }

    /// Reads the complete body; `start` starts the work of appending a batch, and returns the number of locations of earlier ones.
    private mutating func readPieces(
        of request: Request,
        upTo limit: Int,
        start: (@escaping @Sendable () async throws -> Int) async throws -> Int
    ) async throws {
        var file = ImportFile(limit: limit)
        for try await bytes in request.body.limited(to: limit) {
            file.take(bytes)
            while let piece = try file.next() {
                digest.add(piece)
                try document.read(piece, into: &yield)
                item.bytes = file.count
                while yield.messages.count >= LocationBatch.maximumCount {
                    item.accepted += try await start(append(yield.takeBatch(), request))
                }
            }
            try await noteProgress()
        }
        let last = try file.finish()
        digest.add(last)
        try document.read(last, into: &yield)
        try document.finish(into: &yield)
        item.bytes = file.count
    }

    /// Queues all locations read so far, so that the end of a damaged file loses none of them.
    mutating func appendAll(_ request: Request) async throws {
        while !yield.messages.isEmpty { item.accepted += try await append(yield.takeBatch(), request)() }
        count()
    }

    /// Stores the end of the import.
    ///
    /// - Parameter failure: a sentence that says why the file was not read to its end; `nil` after success.
    /// - Throws: a problem if the import no longer belongs to the person, or `PostgresError`.
    mutating func end(_ failure: String? = nil) async throws {
        item.state = failure == nil ? .done : .failed
        item.failure = failure
        item.updatedAt = intake.now()
        guard try await registry.note(item, of: person, digest: failure == nil ? digest.finish() : nil) else {
            throw Problem.importLost
        }
    }

    private mutating func noteProgress() async throws {
        let now = intake.now()
        guard now.microseconds - item.updatedAt.microseconds >= Self.interval else { return }
        count()
        item.updatedAt = now
        guard try await registry.note(item, of: person, digest: nil) else { throw Problem.importLost }
    }

    /// The work of appending a batch; it returns the number of its locations.
    private func append(_ batch: [LocationMessage], _ request: Request) -> @Sendable () async throws -> Int {
        { [intake, person, permit, trace = request.trace] in
            let isDone: Void? = try await permit.work(cost: batch.count * Admission.locationCost) {
                guard try await intake.refusals(among: [person], from: .anyPerson).isEmpty else {
                    throw Problem.noSuchPerson
                }
                _ = try await intake.take(batch, trace: trace)
            }
            guard isDone != nil else { throw Problem.overloaded }
            return batch.count
        }
    }

    private mutating func count() {
        intake.reject(yield.rejected - item.rejected)
        (item.rejected, item.skipped) = (yield.rejected, yield.skipped)
        (item.issues, item.format) = (yield.issues, yield.format)
    }
}

extension Problem {
    /// 409: the row of the import is gone, or belongs to a later attempt.
    static var importLost: Problem {
        Problem(.conflict, "This import was begun again by another request, or its person was erased.")
    }
}
