import Geospatial
import LocationQueue
import Models
import Postgres
import TestSupport

/// Judges a case by the stored locations and the answers.
struct Oracle {
    /// The comparison of stored and acknowledged locations.
    struct Verdict {
        /// The number of distinct acknowledged locations.
        var acknowledged = 0
        /// Acknowledged locations that are not stored.
        var lost = 0
        /// Additional rows with the same person, time and place.
        var doubled = 0
        /// Rows that no phone has sent.
        var unknown = 0
        /// The number of dead letters.
        var buried = 0

        /// Compares distinct sorted fixes with stored ones in any order.
        init(acknowledged: [Fix], stored: [Fix]) {
            self.acknowledged = acknowledged.count
            let stored = stored.sorted()
            var next = 0
            for (index, fix) in stored.enumerated() {
                if index > 0, stored[index - 1] == fix {
                    doubled += 1
                    continue
                }
                while next < acknowledged.count, acknowledged[next] < fix {
                    lost += 1
                    next += 1
                }
                if next < acknowledged.count, acknowledged[next] == fix {
                    next += 1
                } else {
                    unknown += 1
                }
            }
            lost += acknowledged.count - next
        }

        /// An empty comparison.
        init() {}

        /// The problems, a sentence each.
        func complaints(expectedDeadLetters: Int) -> [String] {
            var complaints: [String] = []
            if lost > 0 { complaints.append("\(lost) acknowledged locations are not stored.") }
            if doubled > 0 { complaints.append("\(doubled) locations are stored twice.") }
            if unknown > 0 { complaints.append("\(unknown) stored locations were never sent.") }
            if buried != expectedDeadLetters {
                complaints.append("There are \(buried) dead letters instead of \(expectedDeadLetters).")
            }
            if acknowledged == 0 { complaints.append("Nothing was acknowledged.") }
            return complaints
        }
    }

    let trial: Trial

    private var client: PostgresClient { trial.suite.client }

    /// Waits until a new location is accepted and stored, and all services are ready.
    func waitUntilWorking() async throws {
        try await waitUntilStoring()
        for part in trial.suite.parts { try await part.service?.waitUntilReady() }
    }

    /// Waits until a new location is accepted and stored.
    func waitUntilStoring() async throws {
        let fix = trial.nextProbe()
        try await trial.phone().send([fix])
        let time = try trial.walks.report(fix).creationTime.microseconds
        try await eventually("a new location is stored", within: .seconds(300)) {
            let rows = try? await client.query(
                """
                SELECT FROM location
                WHERE person_id = \(fix.person) AND creation_time = \(PostgresTimestamp(microsecondsSince1970: time))
                """
            )
            return rows?.isEmpty == false
        }
    }

    /// Whether connection-service gives the same answers as for clean input: each location once and in order.
    ///
    /// Checks a tenth of the persons, or the given number. Retries for a while, because the service follows the queue
    /// asynchronously.
    func answersAreClean(of count: Int) async throws -> Bool {
        let each = max(10, trial.walks.probe / Int32(count))
        let persons = (1...trial.walks.probe).filter { $0 % each == 1 }
        let clean = try await Answers.clean(
            of: persons,
            trial.ledger.sorted,
            in: trial.suite,
            walks: trial.walks
        )
        guard clean.count > 2 * persons.count else { throw FaultsError("Too few meetings for a comparison.") }
        for _ in 0..<20 {
            if try await Answers(of: persons, from: trial.suite.connection.address) == clean { return true }
            try await Task.sleep(for: .milliseconds(500))
        }
        return false
    }

    /// Waits until the whole queue is stored, or progress stops.
    ///
    /// - Throws: ``FaultsError`` if there is no progress for a minute.
    func waitUntilStored() async throws {
        var last = -1
        var lastChange = ContinuousClock.now
        while true {
            let lag = try await lag()
            if lag == 0 { return }
            if lag != last { (last, lastChange) = (lag, .now) }
            guard ContinuousClock.now - lastChange < .seconds(60) else {
                throw FaultsError("\(lag) messages of the queue are not stored, without progress for a minute.")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Compares stored and acknowledged locations.
    func verdict() async throws -> Verdict {
        var stored: [Fix] = []
        var foreign = 0
        let rows = try await client.query(
            "SELECT person_id, creation_time, ST_Y(coordinate), ST_X(coordinate) FROM location",
            timeout: .seconds(120)
        )
        for (person, time, latitude, longitude) in try rows.decode(
            Int32.self,
            PostgresTimestamp.self,
            Double.self,
            Double.self
        ) {
            let fix = trial.walks.fix(person: person, microseconds: time.microsecondsSince1970)
            let place = try fix.map { try trial.walks.report($0).coordinate }
            if let fix, place?.latitude.degrees == latitude, place?.longitude.degrees == longitude {
                stored.append(fix)
            } else {
                foreign += 1
            }
        }
        var verdict = Verdict(acknowledged: trial.ledger.sorted, stored: stored)
        verdict.unknown += foreign
        verdict.buried = try await client.query("SELECT count(*) FROM dead_letter").single(Int.self)
        return verdict
    }

    private func lag() async throws -> Int {
        let ends = try await trial.suite.log().ends()
        let offsets = try await client.query("SELECT partition, next_offset FROM location_offset")
            .decode(Int16.self, Int64.self)
        let stored = Dictionary(offsets.map { (Int($0), $1) }, uniquingKeysWith: { first, _ in first })
        return ends.reduce(0) { $0 + Int($1.value - (stored[$1.key] ?? 0)) }
    }
}
