import Geospatial
import Models
import Postgres
import Simulation
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct LocationExportTests {
    @Test func equalsTheTable() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(4)
            let sink = LocationSink(client: client)
            var generator = Xoshiro256(seed: 18)
            let batch = try (0..<3_000 as Range<Int64>).map { index in
                let known = try location(
                    index,
                    person: Int32(index % 4 + 1),
                    second: index * 1_013,
                    at: (
                        .random(in: -900_000_000...900_000_000, using: &generator),
                        .random(in: -1_800_000_000...1_800_000_000, using: &generator)
                    )
                )
                guard index.isMultiple(of: 3) else { return known }
                let report = known.report
                return Location(
                    id: known.id,
                    report: LocationReport(
                        personID: report.personID,
                        coordinate: report.coordinate,
                        creationTime: report.creationTime,
                        accuracy: Accuracy(wholeMetres: index + 1)
                    )
                )
            }
            _ = try await sink.store(batch, from: 0, to: 3_000)
            let store = LocationStore(client: client)
            let exported = try await store.withExport(from: nil) { export in
                #expect(export.offsets == [0: 3_000])
                #expect(Set(export.persons.map(\.rawValue)) == [1, 2, 3, 4])
                return try await Self.all(export)
            }
            #expect(Set(exported) == Set(batch))
            #expect(exported.count == batch.count)
            // PostgreSQL's own decoding of the geometries, by ST_X and ST_Y.
            let read = try await client.query("SELECT \(fragment: LocationStore.columns) FROM location l")
            #expect(try Set(LocationStore.decode(read)) == Set(exported))
            let day = CalendarDate(daysSince1970: start2026 / 86_400_000_000 + 20)
            let late = try await store.withExport(from: day) { try await Self.all($0) }
            #expect(Set(late) == Set(batch.filter { $0.report.creationTime.day >= day }))
            #expect(late.count < batch.count)
        }
    }

    @Test func exportsOneSnapshot() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            _ = try await sink.store([try location(0)], from: 0, to: 1)
            let exported = try await LocationStore(client: client).withExport(from: nil) { export in
                // Locations that are stored after the offsets were read are not exported.
                _ = try await sink.store([try location(1, second: 1)], from: 1, to: 2)
                #expect(export.offsets == [0: 1])
                return try await Self.all(export)
            }
            #expect(exported.map(\.id.place?.offset) == [0])
        }
    }

    @Test func returnsExistingPersonsAndStoredLocations() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(3)
            _ = try await persons.erase(try person(2))
            let sink = LocationSink(client: client)
            let batch = [try location(0), try location(1), try location(2, person: 2, second: 2)]
            _ = try await sink.store(batch, from: 0, to: 3)
            let store = LocationStore(client: client)
            let asked = try [person(1), person(2), person(3), person(99)]
            let standing = try await store.standing(of: asked)
            #expect(standing.existing == [try person(1), try person(3)])
            #expect(standing.offsets == [0: 3])
            #expect(try await store.offsets() == [0: 3])
            // The second repeats the first; the third has no person.
            #expect(try await store.stored(of: batch) == [batch[0].id])
            #expect(try await store.stored(of: []).isEmpty)
            #expect(try await persons.persons(asked).keys.sorted() == [try person(1), try person(3)])
        }
    }

    @Test func notifiesOfCommittedErasures() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(2)
            var news = try persons.erasures().makeAsyncIterator()
            #expect(await news.next() == .missed)
            #expect(try await persons.erase(try person(2)))
            #expect(await news.next() == .changed(try person(2)))
            #expect(try await !persons.erase(try person(2)))
            // The listener's connection is cut, so that it misses notifications.
            try await client.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
            #expect(await news.next() == .missed)
            #expect(try await persons.erase(try person(1)))
            #expect(await news.next() == .changed(try person(1)))
        }
    }

    private static func all(_ export: LocationExport) async throws -> [Location] {
        var locations: [Location] = []
        for try await chunk in export.locations { locations += chunk }
        return locations
    }
}
