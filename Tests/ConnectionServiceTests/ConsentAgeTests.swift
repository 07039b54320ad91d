import HTTPServer
import Persistence
import Postgres
import RESTTestSupport
import TestSupport
import Testing

@testable import ConnectionService

@Suite(.timeLimit(.minutes(5))) struct ConsentAgeTests {
    @Test func refusesAnswersByOutdatedConsents() async throws {
        try await TestDatabase.withClient(.tables) { client in
            let consents = ConsentDirectory(ConsentStore(client: client), logger: .silent)
            func isKnown() -> Bool { (try? consents.all()) != nil }
            try await withThrowingTaskGroup { group in
                group.addTask { try await consents.run() }
                group.addTask { try await consents.watchAge(in: RegionStore(client: client)) }
                try await eventually("consents are known") { isKnown() }
                // The copy of a second region, which hears nothing of the first one.
                try await client.execute(
                    """
                    CREATE OR REPLACE FUNCTION own_region() RETURNS smallint LANGUAGE sql STABLE AS 'SELECT 2::smallint'
                    """
                )
                try await client.execute("UPDATE region SET seen_at = now() - interval '61 s'")
                try await eventually("they are outdated") { !isKnown() }
                #expect(throws: Problem.self) { try consents.all() }
                try await client.execute("UPDATE region SET seen_at = now() + interval '1 h'")
                try await eventually("they are current") { isKnown() }
                group.cancelAll()
            }
        }
    }
}
