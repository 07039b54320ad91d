import Foundation
import Postgres
import TestSupport

/// Faults of two versions running at once.
enum VersionFaults {
    static let all = [sideBySide]

    private static let sideBySide = FaultCase(
        name: "F33",
        fault: "old and new version side by side during a migration (FAULTS_OLD_BUILD)",
        load: nil,
        startsServices: true
    ) { trial in
        guard let path = ProcessInfo.processInfo.environment["FAULTS_OLD_BUILD"], !path.isEmpty else {
            throw Obstacle("Not tried: FAULTS_OLD_BUILD does not name a folder with executables of an earlier version.")
        }
        let suite = trial.suite
        for part in suite.parts { try await part.start(from: URL(filePath: path)) }
        try await suite.create(persons: trial.walks.persons, on: suite.client)
        let load = Load(Load.Shape(), trial.walks) { trial.phone() }
        try await withThrowingTaskGroup { group in
            group.addTask { try await load.run() }
            try await trial.acknowledgements(1_000)
            let before = try await migration(suite)
            // The old services continue during the migration, and beside the new ones.
            try TestDatabase.prepare(suite.database)
            try RunningService.migrate(suite.database)
            for executable in [RunningService.Executable.personService, .locationConsumer, .connectionService] {
                try await suite.another(executable).start()
                try await Oracle(trial: trial).waitUntilStoring()
            }
            trial.note("from migration \(before) to \(try await migration(suite))")
            for part in [suite.connection, suite.consumer, suite.producer, suite.person] {
                try await part.terminate()
                try await part.start(untilReady: false)
                try await trial.acknowledgements(1_000)
            }
            trial.faultEnds()
            try await trial.readiness(of: suite.parts)
            load.close()
            try await group.waitForAll()
        }
    }

    private static func migration(_ suite: Suite) async throws -> Int32 {
        try await suite.client.query("SELECT max(number) FROM schema_migration").single(Int32.self)
    }
}
