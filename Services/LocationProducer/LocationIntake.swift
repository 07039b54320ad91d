import Failpoints
import LocationProtocol
import LocationQueue
import Models
import Observability

/// Appends valid reports of REST, gRPC and the phones' protocols to the queue, and counts them.
struct LocationIntake: Sendable {
    /// The clock, for reports without a time and for times in the future.
    let now: @Sendable () -> Timestamp
    private let queue: any LocationQueueProducer
    private let persons: PersonDirectory
    private let locating: LocateDirectory
    private let storage: StorageLevel
    private let accepted: Counter
    private let withheld: Counter
    private let rejected: Counter
    private let unknown: Counter

    /// Makes the way to a queue.
    ///
    /// - Parameters:
    ///   - queue: receives the locations.
    ///   - persons: finds locations of unknown persons.
    ///   - locating: knows whose locations may be taken.
    ///   - storage: whether the disk has room.
    ///   - metrics: receives the `locations_…` counters.
    ///   - now: the clock.
    init(
        queue: any LocationQueueProducer,
        persons: PersonDirectory,
        locating: LocateDirectory,
        storage: StorageLevel,
        metrics: MetricsRegistry,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.queue = queue
        self.persons = persons
        self.locating = locating
        self.storage = storage
        self.now = now
        accepted = metrics.counter("locations_accepted_total", "Accepted locations.")
        withheld = metrics.counter(
            "locations_withheld_total",
            "Locations that were answered as accepted but not taken: of a pause, or without their person's consent."
        )
        rejected = metrics.counter("locations_rejected_total", "Invalid locations.")
        unknown = metrics.counter(
            "locations_of_unknown_persons_total",
            "Locations that were rejected because their person does not exist; a part of locations_rejected_total."
        )
    }

    /// Finds the persons whose locations must be rejected: unknown ones, and those that the sender may not report.
    ///
    /// Locations of phones need no check, because a device has a person.
    ///
    /// - Parameters:
    ///   - persons: the persons of some locations.
    ///   - sender: the sender of these.
    /// - Returns: the reason for each rejected person.
    /// - Throws: ``PersonCheckOverload`` if the client should retry later.
    func refusals(
        among persons: [PersonID],
        from sender: LocationSender
    ) async throws(PersonCheckOverload) -> [PersonID: PersonRefusal] {
        var refusals: [PersonID: PersonRefusal] = [:]
        if let own = sender.person {
            for person in persons where person != own { refusals[person] = .foreign }
        }
        for person in try await self.persons.unknown(among: persons) where refusals[person] == nil {
            refusals[person] = .unknown
        }
        return refusals
    }

    /// Returns why the location of a single person is rejected, and counts it; `nil` if it is not.
    func refusal(of person: PersonID, from sender: LocationSender) async throws(PersonCheckOverload) -> PersonRefusal? {
        guard let refusal = try await refusals(among: [person], from: sender)[person] else { return nil }
        reject()
        if refusal == .unknown { noteUnknownPersons() }
        return refusal
    }

    /// Appends locations to the queue.
    ///
    /// Those that are withheld get a number like the others, so that no answer shows a pause, but nothing of them enters the queue.
    ///
    /// - Parameters:
    ///   - messages: valid reports, with their times of receipt.
    ///   - trace: the trace of the request.
    /// - Returns: the numbers of the locations, in their order.
    /// - Throws: `storageLow`, or an error of the queue; then the sender has to repeat all of them.
    func take(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        guard !storage.isLow || messages.isEmpty else { throw LocationQueueError(.storageLow) }
        var messages = messages
        let count = try await locating.permissions().withhold(&messages, at: now())
        Failpoint.producerBeforeProduce.reach()
        let ids = try await queue.append(messages, trace: trace)
        Failpoint.producerAfterReport.reach()
        accepted.increment(by: ids.count - count)
        withheld.increment(by: count)
        return ids
    }

    /// Appends locations that were received at the same time.
    func take(
        _ reports: [LocationReport],
        at moment: Timestamp,
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        try await take(reports.map { LocationMessage(report: $0, receivedAt: moment) }, trace: trace)
    }

    /// Appends a single location; returns its number.
    func take(
        _ report: LocationReport,
        at moment: Timestamp,
        trace: TraceContext?
    ) async throws(LocationQueueError) -> LocationID {
        // The queue returns one number per message.
        try await take([report], at: moment, trace: trace)[0]
    }

    /// Whether what a person's device notices at a time is withheld.
    ///
    /// - Throws: `unavailable` if that is not known at this moment.
    func withholds(_ person: PersonID, at time: Timestamp) async throws(LocationQueueError) -> Bool {
        try await locating.permissions().withhold(person, time, at: now())
    }

    /// Counts locations of unknown persons, which are also counted as invalid.
    func noteUnknownPersons(_ count: Int = 1) {
        unknown.increment(by: count)
    }

    /// Counts invalid locations.
    func reject(_ count: Int = 1) {
        rejected.increment(by: count)
    }
}
