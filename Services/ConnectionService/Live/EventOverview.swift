import Concurrency
import JSON
import Models
import Presence
import Proximity
import Synchronization

/// The current state of the event, computed at most once a second for all clients.
///
/// The newest meetings take longest. They are searched separately, only while clients watch, and for at most a tenth of
/// the time.
///
/// The current time is that of the last location: a replayed or past event is shown as it was then. A device whose clock is fast does
/// not move it past the time of this machine.
final class EventOverview: Sendable {
    /// A person counts as present for this long after the last location.
    static let presenceWindow = Duration.seconds(300)
    /// The maximum age of the newest meetings.
    static let newestWindow = Duration.seconds(600)
    /// The maximum number of newest meetings.
    static let meetings = 10
    /// Cells with fewer persons are hidden, so that the map shows no individual.
    static let leastPersons = 5
    /// The maximum number of cells; the fullest ones are shown.
    static let cells = 500
    /// The lifetime of a computed state.
    private static let freshness = Duration.seconds(1)
    /// Meetings are searched for this long after a request.
    private static let watchTimeout = Duration.seconds(15)
    /// After each search for meetings, the overview pauses this many times its duration.
    private static let cooldownFactor = 9

    private struct State {
        /// The last answers: about everyone with names, and about those who agreed to be counted.
        var made: [Bool: (json: [UInt8], at: ContinuousClock.Instant)] = [:]
        var rate = ArrivalRate()
        /// The newest meetings and the revision of their index; `nil` before the first search.
        var newest: (meetings: [PersonMeeting], revision: Int)?
    }

    private let locations: IndexedLocations
    private let consents: ConsentDirectory
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())
    private let searches = AsyncSemaphore(width: 1)

    init(
        _ locations: IndexedLocations,
        _ consents: ConsentDirectory,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.locations = locations
        self.consents = consents
        self.now = now
    }

    /// Measures the arrival rate and searches meetings until it is cancelled.
    func run() async throws {
        var nextLook = ContinuousClock.now
        while true {
            let index = locations.state.index
            let count = index.current.count
            let revision = index.revision
            let isDue = state.withLock { state in
                state.rate.note(count, at: .now)
                let isWatched = state.made.values.contains { $0.at.duration(to: .now) < Self.watchTimeout }
                return isWatched && nextLook <= .now && state.newest?.revision != revision
            }
            if isDue {
                let began = ContinuousClock.now
                // Without the database, days before the index are missing; the search is retried.
                if let meetings = try? await newest() { state.withLock { $0.newest = (meetings, revision) } }
                try Task.checkCancellation()
                nextLook = .now + began.duration(to: .now) * Self.cooldownFactor
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// The event as a JSON object; see `Event` in the API's description.
    ///
    /// - Parameter showsAll: whether it counts everyone and has the newest meetings, which name persons.
    /// - Returns: the text of the object.
    /// - Throws: a problem if the index is not loaded yet or consents are not known; `PostgresError` if names cannot be read.
    func json(showsAll: Bool) async throws -> [UInt8] {
        try await searches.pass {
            let known = state.withLock { state -> [UInt8]? in
                state.made[showsAll].flatMap { $0.at.duration(to: .now) < Self.freshness ? $0.json : nil }
            }
            if let known { return known }
            let (rate, newest) = state.withLock { ($0.rate.perSecond, $0.newest?.meetings) }
            let json = try await make(
                rate: rate,
                newest: showsAll ? newest : nil,
                of: showsAll ? .everyone : CountedPersons(try consents.all())
            )
            state.withLock { $0.made[showsAll] = (json, .now) }
            return json
        }
    }

    private func make(rate: Double, newest: [PersonMeeting]?, of counted: CountedPersons) async throws -> [UInt8] {
        let index = try locations.current()
        let latest = try await currentTime(of: index)
        var population: Population?
        if let window = latest.flatMap({ TimeWindow(last: Self.presenceWindow, until: $0) }) {
            population = try await locations.compute.run {
                index.population(in: window, atLeast: Self.leastPersons, where: counted.include)
            }
        }
        let met = Set((newest ?? []).flatMap { [PersonID(stored: $0.first), PersonID(stored: $0.second)] })
        let persons = try await locations.persons(Array(met))
        return JSONWriter.object { writer in
            if let latest { writer.member("time", latest.description) }
            writer.member("locations", index.count)
            writer.member("locations_per_second", (rate * 10).rounded() / 10)
            writer.member("persons_seen", population?.persons ?? 0)
            writer.member("window", Self.presenceWindow.components.seconds)
            writer.member("lag", locations.state.secondsBehind.roundedToThousandths)
            writer.member("least_persons", Self.leastPersons)
            writer.array("heat", of: population?.cells.prefix(Self.cells) ?? []) { $1.write(to: &$0) }
            if let newest {
                writer.array("newest", of: newest) { writer, meeting in
                    guard let first = persons[PersonID(stored: meeting.first)],
                        let second = persons[PersonID(stored: meeting.second)]
                    else { return }
                    meeting.write(to: &writer) { $0.writePersons(first, second) }
                }
            }
        }
    }

    private func currentTime(of index: GridIndex) async throws -> Timestamp? {
        try await locations.compute.run { index.latestTime }.map { min($0, now()) }
    }

    /// Searches the meetings that ended last, in the minutes before the current time.
    private func newest() async throws -> [PersonMeeting] {
        let index = try locations.current()
        guard let window = try await currentTime(of: index).flatMap({ TimeWindow(last: Self.newestWindow, until: $0) })
        else { return [] }
        var newest: [PersonMeeting] = []
        var sequence = try await locations.allMeetings(MeetingQuestion(window))
        while let found = try await sequence.next() {
            let sorted = (newest + found.map(\.meeting)).sorted {
                ($1.end, $0.first, $0.second) < ($0.end, $1.first, $1.second)
            }
            newest = Array(sorted.prefix(Self.meetings))
        }
        // The beginning of these minutes truncates them.
        for (place, meeting) in newest.enumerated() {
            newest[place] = try await locations.wholeMeeting(meeting) ?? meeting
        }
        return newest
    }
}

/// The arrival rate of locations over the last seconds.
struct ArrivalRate {
    private static let span: Duration = .seconds(10)
    private var counts: [(time: ContinuousClock.Instant, count: Int)] = []

    /// Records the number of locations in the index.
    mutating func note(_ count: Int, at time: ContinuousClock.Instant) {
        // The index was reloaded, or has dropped days.
        if let last = counts.last, count < last.count { counts.removeAll() }
        counts.removeAll { $0.time.duration(to: time) > Self.span }
        counts.append((time, count))
    }

    /// Locations per second.
    var perSecond: Double {
        guard let first = counts.first, let last = counts.last, first.time < last.time else { return 0 }
        return Double(last.count - first.count) / (first.time.duration(to: last.time) / .seconds(1))
    }
}

extension TimeWindow {
    /// The last `duration` until and including `latest`.
    init?(last duration: Duration, until latest: Timestamp) {
        let microseconds = duration.components.seconds * 1_000_000
        self.init(
            start: max(Timestamp(microseconds: latest.microseconds - microseconds), Timestamp.supported.lowerBound),
            end: min(Timestamp(microseconds: latest.microseconds + 1), Timestamp.supported.upperBound)
        )
    }
}

extension CellPopulation {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("south", south)
            writer.member("west", west)
            writer.member("north", north)
            writer.member("east", east)
            writer.member("persons", persons)
        }
    }
}
