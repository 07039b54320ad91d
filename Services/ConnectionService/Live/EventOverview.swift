import JSON
import Models
import Presence
import Proximity
import Synchronization

/// What happens at the event now, made anew at most once a second, however many look.
///
/// The newest meetings, which take longest, are looked for beside that while somebody looks, and a tenth of the time at most.
///
/// Now is when the last location was: an event that is replayed, or over, is shown as it was then.
final class EventOverview<Archive: LocationArchive, Queue: FollowedQueue>: Sendable {
    /// For how long somebody is taken to be where they were last seen.
    static var presence: Duration { .seconds(300) }
    /// How long ago the newest meetings were.
    static var recency: Duration { .seconds(600) }
    /// How many of them are shown.
    static var meetings: Int { 10 }
    /// Fewer persons in a cell are not shown: nobody is to be found by the map.
    static var leastPersons: Int { 5 }
    /// How many cells are shown, the fullest ones.
    static var cells: Int { 500 }
    /// For how long what was made is shown.
    private static var freshness: Duration { .seconds(1) }
    /// For how long after somebody has looked meetings are still looked for.
    private static var interest: Duration { .seconds(15) }
    /// How many times as long as a look for meetings takes it is waited for the next.
    private static var leisure: Int { 9 }

    private struct State {
        var json: [UInt8] = []
        var madeAt: ContinuousClock.Instant?
        var rate = ArrivalRate()
        /// The newest meetings, and of which revision of the index; `nil` until they have been looked for.
        var newest: (meetings: [PersonMeeting], revision: Int)?
    }

    private let locations: IndexedLocations<Archive, Queue>
    private let state = Mutex(State())
    private let gate = Gate(width: 1)

    init(_ locations: IndexedLocations<Archive, Queue>) {
        self.locations = locations
    }

    /// Counts what comes in and looks for meetings, until it is cancelled.
    func run() async throws {
        var nextLook = ContinuousClock.now
        while true {
            let index = locations.indexing.index
            let count = index.current.count
            let revision = index.revision
            let isDue = state.withLock { state in
                state.rate.note(count, at: .now)
                let isWatched = state.madeAt.map { $0.duration(to: .now) < Self.interest } ?? false
                return isWatched && nextLook <= .now && state.newest?.revision != revision
            }
            if isDue {
                let began = ContinuousClock.now
                // Without the database there are no days before the index; it is looked again.
                if let meetings = try? await newest() { state.withLock { $0.newest = (meetings, revision) } }
                try Task.checkCancellation()
                nextLook = .now + began.duration(to: .now) * Self.leisure
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// A JSON object: see `Event` in the API's description.
    ///
    /// - Throws: a problem if the index is not loaded yet; a `PostgresError` if names cannot be read.
    func json() async throws -> [UInt8] {
        try await gate.pass {
            let known = state.withLock { state -> [UInt8]? in
                let isFresh = state.madeAt.map { $0.duration(to: .now) < Self.freshness } ?? false
                return isFresh ? state.json : nil
            }
            if let known { return known }
            let (rate, newest) = state.withLock { ($0.rate.perSecond, $0.newest?.meetings) }
            let json = try await make(rate: rate, newest: newest)
            state.withLock { state in
                state.json = json
                state.madeAt = .now
            }
            return json
        }
    }

    private func make(rate: Double, newest: [PersonMeeting]?) async throws -> [UInt8] {
        let index = try locations.current()
        let latest = try await locations.compute.run { index.latestTime }
        var population: Population?
        if let window = latest.flatMap({ TimeWindow(last: Self.presence, until: $0) }) {
            population = try await locations.compute.run { index.population(in: window, atLeast: Self.leastPersons) }
        }
        let met = Set((newest ?? []).flatMap { [PersonID(stored: $0.first), PersonID(stored: $0.second)] })
        let persons = try await locations.persons(Array(met))
        var writer = JSONWriter()
        writer.beginObject()
        if let latest { writer.member("time", latest.description) }
        writer.member("locations", index.count)
        writer.member("locations_per_second", (rate * 10).rounded() / 10)
        writer.member("persons_seen", population?.persons ?? 0)
        writer.member("window", Self.presence.components.seconds)
        writer.member("lag", locations.indexing.secondsBehind.roundedToThousandths)
        writer.member("least_persons", Self.leastPersons)
        writer.key("heat")
        writer.beginArray()
        for cell in population?.cells.prefix(Self.cells) ?? [] { cell.write(to: &writer) }
        writer.endArray()
        if let newest {
            writer.key("newest")
            writer.beginArray()
            for meeting in newest {
                guard let first = persons[PersonID(stored: meeting.first)],
                    let second = persons[PersonID(stored: meeting.second)]
                else { continue }
                meeting.write(to: &writer) { $0.writePersons(first, second) }
            }
            writer.endArray()
        }
        writer.endObject()
        return writer.takeBytes()
    }

    /// The meetings that ended last, from the minutes before the last location.
    private func newest() async throws -> [PersonMeeting] {
        let index = try locations.current()
        let latest = try await locations.compute.run { index.latestTime }
        guard let window = latest.flatMap({ TimeWindow(last: Self.recency, until: $0) }) else { return [] }
        var newest: [PersonMeeting] = []
        var sequence = try await locations.allMeetings(MeetingQuestion(window))
        while let found = try await sequence.next() {
            let sorted = (newest + found).sorted { ($1.end, $0.first, $0.second) < ($0.end, $1.first, $1.second) }
            newest = Array(sorted.prefix(Self.meetings))
        }
        // They are cut at the beginning of these minutes.
        for (place, meeting) in newest.enumerated() {
            newest[place] = try await locations.wholeMeeting(meeting) ?? meeting
        }
        return newest
    }
}

/// How many locations come in, over the last seconds.
struct ArrivalRate {
    private static let span: Duration = .seconds(10)
    private var counts: [(time: ContinuousClock.Instant, count: Int)] = []

    /// The index has so many now.
    mutating func note(_ count: Int, at time: ContinuousClock.Instant) {
        // Loaded anew, or days have left it.
        if let last = counts.last, count < last.count { counts.removeAll() }
        counts.removeAll { $0.time.duration(to: time) > Self.span }
        counts.append((time, count))
    }

    /// Locations a second.
    var perSecond: Double {
        guard let first = counts.first, let last = counts.last, first.time < last.time else { return 0 }
        return Double(last.count - first.count) / (first.time.duration(to: last.time) / .seconds(1))
    }
}

extension TimeWindow {
    /// So much time, the last moment included.
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
        writer.beginObject()
        writer.member("south", south)
        writer.member("west", west)
        writer.member("north", north)
        writer.member("east", east)
        writer.member("persons", persons)
        writer.endObject()
    }
}
