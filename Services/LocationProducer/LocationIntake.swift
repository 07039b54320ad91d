import Failpoints
import LocationProtocol
import LocationQueue
import Models
import Observability

/// What REST, gRPC and the phones' protocols have in common: valid reports go to the queue, and are counted.
struct LocationIntake<Queue: LocationQueueProducer>: Sendable {
    /// The clock, for reports without a time and for times in the future.
    let now: @Sendable () -> Timestamp
    private let queue: Queue
    private let persons: any PersonCheck
    private let storage: StorageLevel
    private let accepted: Counter
    private let rejected: Counter
    private let unknown: Counter

    /// Makes the way to a queue.
    ///
    /// - Parameters:
    ///   - queue: where locations go.
    ///   - persons: finds locations of persons who do not exist.
    ///   - storage: whether there is room for locations.
    ///   - metrics: gets the `locations_…` counters.
    ///   - now: the clock.
    init(
        queue: Queue,
        persons: any PersonCheck,
        storage: StorageLevel,
        metrics: MetricsRegistry,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.queue = queue
        self.persons = persons
        self.storage = storage
        self.now = now
        accepted = metrics.counter("locations_accepted_total", "Locations that the queue has taken.")
        rejected = metrics.counter("locations_rejected_total", "Locations that were not valid.")
        unknown = metrics.counter(
            "locations_of_unknown_persons_total",
            "Locations that were rejected because their person does not exist; a part of locations_rejected_total."
        )
    }

    /// Finds the persons who do not exist; locations of phones need no check, as a device has a person.
    ///
    /// - Parameter persons: the persons of some locations.
    /// - Returns: those whose locations are to be rejected.
    /// - Throws: ``PersonCheckOverload`` if the client should retry later.
    func unknownPersons(among persons: [PersonID]) async throws(PersonCheckOverload) -> Set<PersonID> {
        try await self.persons.unknown(among: persons)
    }

    /// Puts locations into the queue.
    ///
    /// - Parameters:
    ///   - messages: what is valid, and when it came.
    ///   - trace: the request's.
    /// - Returns: the numbers of the locations, in their order: the queue has them.
    /// - Throws: `storageLow`, or what the queue throws; then the sender has to repeat them all.
    func take(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        guard !storage.isLow || messages.isEmpty else { throw LocationQueueError(.storageLow) }
        Failpoint.producerBeforeProduce.reach()
        let ids = try await queue.append(messages, trace: trace)
        Failpoint.producerAfterReport.reach()
        accepted.increment(by: ids.count)
        return ids
    }

    /// Puts locations into the queue that came at the same time.
    func take(
        _ reports: [LocationReport],
        at moment: Timestamp,
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        try await take(reports.map { LocationMessage(report: $0, receivedAt: moment) }, trace: trace)
    }

    /// Counts locations of persons who do not exist; they are counted as not valid besides.
    func noteUnknownPersons(_ count: Int = 1) {
        unknown.increment(by: count)
    }

    /// Counts what was not valid.
    func reject(_ count: Int = 1) {
        rejected.increment(by: count)
    }
}
