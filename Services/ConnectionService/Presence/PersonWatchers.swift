import Concurrency
import Presence
import Synchronization

/// Wakes the streams of persons whose answers may have changed.
final class PersonWatchers: Sendable {
    /// The parts of an answer that may have changed.
    struct News: OptionSet, Sendable {
        let rawValue: UInt8

        /// The person's locations.
        static let trail = News(rawValue: 1)
        /// The person's meetings.
        static let meetings = News(rawValue: 2)
        /// No change: time for a heartbeat.
        static let beat = News(rawValue: 4)
        /// The person's nudges.
        static let nudges = News(rawValue: 8)
    }

    /// A stream that waits for news about a person.
    final class Watch: Sendable {
        fileprivate let person: Int32
        fileprivate let distance: Double
        private let state = Mutex(State())

        private struct State {
            var news = News()
            /// The stream.
            var reader = WaitList<Void>()
        }

        fileprivate init(_ person: Int32, _ distance: Double) {
            self.person = person
            self.distance = distance
        }

        /// Waits for news.
        ///
        /// Returns an empty set if the task is cancelled.
        func next() async -> News {
            _ = await state.wait(in: \.reader) { $0.news.isEmpty ? nil : () }
            return state.withLock { state in
                defer { state.news = News() }
                return state.news
            }
        }

        fileprivate func wake(_ news: News) {
            let reader = state.withLock { state in
                state.news.formUnion(news)
                return state.reader.takeFirst()
            }
            reader?.resume()
        }
    }

    private let watches = Mutex<[Int32: [ObjectIdentifier: Watch]]>([:])
    private let interval: Duration

    /// - Parameter interval: the time between two heartbeats.
    init(interval: Duration = .seconds(1)) {
        self.interval = interval
    }

    /// Calls a closure with a watch for news about a person.
    ///
    /// - Parameters:
    ///   - person: the person's number.
    ///   - distance: the maximum distance of two persons who are together, in metres.
    ///   - body: receives the watch.
    /// - Returns: the result of `body`.
    func watch<Value>(
        _ person: Int32,
        within distance: Double,
        _ body: (Watch) async throws -> Value
    ) async rethrows -> Value {
        let watch = Watch(person, distance)
        watches.withLock { $0[person, default: [:]][ObjectIdentifier(watch)] = watch }
        defer {
            watches.withLock { watches in
                watches[person]?[ObjectIdentifier(watch)] = nil
                if watches[person]?.isEmpty == true { watches[person] = nil }
            }
        }
        return try await body(watch)
    }

    /// Wakes all streams for a heartbeat at each interval until the task is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: interval)
            notifyAll(.beat)
        }
    }

    /// Wakes all streams.
    func notifyAll(_ news: News) {
        for watch in all { watch.wake(news) }
    }

    /// Wakes the streams of some persons.
    func notify(_ news: News, _ persons: Set<Int32>) {
        let concerned = watches.withLock { watches in
            watches.count < persons.count
                ? watches.filter { persons.contains($0.key) }.flatMap(\.value.values)
                : persons.flatMap { watches[$0].map { Array($0.values) } ?? [] }
        }
        for watch in concerned { watch.wake(news) }
    }

    /// Wakes the streams of persons whose segments changed, and of persons who were near one of them.
    ///
    /// - Parameters:
    ///   - persons: the persons whose segments changed.
    ///   - span: the time of the changes.
    ///   - maps: the maps before and after the change.
    func notify(_ persons: Set<Int32>, during span: Range<Int64>, in maps: [PresenceMap]) {
        for watch in all {
            let isConcerned =
                persons.contains(watch.person)
                || maps.contains { map in
                    !map.persons(near: watch.person, within: watch.distance + PresenceMap.reach, during: span)
                        .isDisjoint(with: persons)
                }
            if isConcerned { watch.wake(.meetings) }
        }
    }

    private var all: [Watch] { watches.withLock { $0.values.flatMap(\.values) } }
}
