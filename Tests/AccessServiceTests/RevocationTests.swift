import Access
import Foundation
import HTTPServer
import Models
import Persistence
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService

/// What one replica revokes, the others refuse at once.
@Suite(.timeLimit(.minutes(10))) struct RevocationTests {
    @Test func reachesAllReplicas() async throws {
        try await withReplicas(3) { replicas in
            let text = APIKeyText.random()
            var details = APIKey.Details(name: "x", expiresAt: .distantFuture)
            details.expiresAt = APIKey.Details.expiry(afterDays: 1)
            details.scopes = ["persons.read"]
            let keys = APIKeyStore(client: replicas[0].client)
            _ = try #require(try await keys.create(text, details, by: "test"))
            let session = try await replicas[1].logIn(1)
            for replica in replicas {
                #expect(try await replica.ask(.get, "/api/persons/1", bearer(text)).status == 204)
                #expect(try await replica.ask(.get, "/api/persons/1", session).status == 204)
            }

            #expect(try await keys.revoke(text.id))
            for replica in replicas {
                try await eventually { try await replica.ask(.get, "/api/persons/1", bearer(text)).status == 401 }
            }
            #expect(try await replicas[2].send(.delete, "/api/session", session).status == 204)
            for replica in replicas {
                try await eventually { try await replica.ask(.get, "/api/persons/1", session).status == 401 }
            }
        }
    }

    @Test func givesAndTakesRolesAtOnce() async throws {
        try await withReplicas(2) { replicas in
            let session = try await replicas[0].logIn(1)
            func status(_ replica: Replica) async throws -> Int {
                try await replica.send(.get, "/api/audit", session).status
            }
            for replica in replicas { #expect(try await status(replica) == 403) }
            let roles = RoleStore(client: replicas[0].client)
            let role = GrantedRole(role: .operator, event: nil)
            #expect(try await roles.grant(role, to: "person:1", by: "test") == true)
            for replica in replicas { try await eventually { try await status(replica) == 200 } }
            #expect(try await roles.revoke(role, of: "person:1"))
            for replica in replicas { try await eventually { try await status(replica) == 403 } }
        }
    }
}
