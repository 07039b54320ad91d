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

    /// Reads the complete body.
    mutating func read(_ request: Request, upTo limit: Int) async throws {
        var file = ImportFile(limit: limit)
        for try await bytes in request.body.limited(to: limit) {
            file.take(bytes)
            while let piece = try file.next() {
                digest.add(piece)
                try document.read(piece, into: &yield)
                item.bytes = file.count
                while yield.messages.count >= LocationBatch.maximumCount { try await append(request) }
            }
            try await noteProgress()
        }
        let last = try file.finish()
        digest.add(last)
        try document.read(last, into: &yield)
        try document.finish(into: &yield)
        item.bytes = file.count
        try await appendAll(request)
    }

    /// Queues all locations read so far, so that the end of a damaged file loses none of them.
    mutating func appendAll(_ request: Request) async throws {
        while !yield.messages.isEmpty { try await append(request) }
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

    private mutating func append(_ request: Request) async throws {
        let batch = yield.takeBatch()
        let (intake, person) = (intake, person)
        let isDone: Void? = try await permit.work(cost: batch.count * Admission.locationCost) {
            guard try await intake.unknownPersons(among: [person]).isEmpty else { throw Problem.noSuchPerson }
            _ = try await intake.take(batch, trace: request.trace)
        }
        guard isDone != nil else { throw Problem.overloaded }
        item.accepted += batch.count
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
