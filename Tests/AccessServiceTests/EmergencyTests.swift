import Access
import HTTPServer
import Models
import Persistence
import Postgres
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService

@Suite(.timeLimit(.minutes(10))) struct EmergencyTests {
    private static let operatorRole = GrantedRole(role: .operator, event: nil)
    private static let reason = "Support case 4711"

    private func identity(_ replica: Replica, _ fields: HTTPHeaders) async throws -> Identity {
        let answer = try await replica.ask(.get, "/api/persons/1", fields)
        let header = try #require(answer.headers[HeaderName(IdentityHeader.name)])
        return try IdentityHeader.verify(
            header,
            for: RequestTarget(method: "GET", path: "/api/persons/1"),
            ServiceKeys(text: String(repeating: "0f", count: 32)),
            now: .now()
        )
    }

    private func request(_ replica: Replica, _ fields: HTTPHeaders) async throws -> String {
        let body = #"{"reason": "\#(Self.reason)"}"#
        let answer = try await replica.send(.post, "/api/emergency", fields, body: body)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(try answer.json["id"]?.string)
    }

    @Test func countsOnceAnotherOperatorHasApproved() async throws {
        try await withReplicas(2) { replicas in
            let first = try await replicas[0].logIn(1, [Self.operatorRole])
            let second = try await replicas[0].logIn(2, [Self.operatorRole])
            let id = try await request(replicas[0], first)
            #expect(try await identity(replicas[0], first).hasEmergencyAccess == false)
            #expect(try await replicas[0].send(.post, "/api/emergency/\(id)/approve", first).status == 403)
            let approved = try await replicas[0].send(.post, "/api/emergency/\(id)/approve", second)
            #expect(approved.status == 200, "\(approved.text)")
            #expect(try approved.json["state"]?.string == "approved")
            #expect(try approved.json["approved_by"]?.string == "person:2")
            // Other replicas get the change from the database.
            for replica in replicas {
                try await eventually { try await identity(replica, first).hasEmergencyAccess }
                #expect(try await identity(replica, first).purpose == Self.reason)
                #expect(try await identity(replica, second).hasEmergencyAccess == false)
            }
            #expect(try await replicas[0].send(.post, "/api/emergency/\(id)/approve", second).status == 404)
            #expect(try await replicas[1].send(.delete, "/api/emergency/\(id)", first).status == 204)
            for replica in replicas {
                try await eventually { try await !identity(replica, first).hasEmergencyAccess }
            }
            #expect(try await replicas[1].send(.delete, "/api/emergency/\(id)", first).status == 404)
            let listed = try await replicas[0].send(.get, "/api/emergency", second)
            #expect(try listed.json.elements?.compactMap { $0["state"]?.string } == ["ended"])
            let records = try await AuditStore(client: replicas[0].client).records(.all, after: nil, limit: 100)
            let acts = records.filter { $0.entry.operation.hasPrefix("emergency") }
            // Attempts are recorded before it is known whether they succeed.
            #expect(
                acts.map { "\($0.entry.subject) \($0.entry.operation)" }.reversed() == [
                    "person:1 emergency requested", "person:1 emergency approved: \(id)",
                    "person:2 emergency approved: \(id)", "person:2 emergency approved: \(id)",
                    "person:1 emergency ended: \(id)", "person:1 emergency ended: \(id)",
                ]
            )
            #expect(acts.allSatisfy { $0.entry.purpose == Self.reason })
        }
    }

    @Test func isForOperatorsWithAReason() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let attendee = try await replica.logIn(1)
            #expect(try await replica.send(.get, "/api/emergency", attendee).status == 403)
            let fields = try await replica.logIn(2, [Self.operatorRole])
            for body in ["{}", #"{"reason": "no"}"#, #"{"reason": 7}"#, #"{"reason": "Support\u0000case 4711"}"#] {
                let answer = try await replica.send(.post, "/api/emergency", fields, body: body)
                #expect(answer.status == 400)
                #expect(try answer.errors["/reason"] != nil, "\(body)")
            }
            for _ in 0..<EmergencyStore.maximumPerSubject { _ = try await request(replica, fields) }
            let body = #"{"reason": "\#(Self.reason)"}"#
            #expect(try await replica.send(.post, "/api/emergency", fields, body: body).status == 409)
            #expect(try await replica.send(.delete, "/api/emergency/00000000", fields).status == 404)
            #expect(try await replica.send(.delete, "/api/emergency/x", fields).status == 400)
        }
    }

    @Test func endsAfterAnHour() throws {
        let start = Timestamp(microseconds: 1_900_000_000_000_000)
        let end = Timestamp(microseconds: start.microseconds + 3_600_000_000)
        let access = EmergencyAccess(
            id: .random(),
            subject: "person:1",
            reason: Self.reason,
            requestedAt: start,
            approvedBy: "person:2",
            approvedAt: start,
            endsAt: end
        )
        let session = Session(
            id: .random(),
            subject: "person:1",
            person: nil,
            authenticatedAt: start,
            expiresAt: .distantFuture,
            roles: [Self.operatorRole],
            emergency: access
        )
        let last = Timestamp(microseconds: end.microseconds - 1)
        #expect(Authenticator.identity(of: session, now: last).hasEmergencyAccess)
        #expect(!Authenticator.identity(of: session, now: end).hasEmergencyAccess)
    }

    @Test func sessionsOfStaffEndAfterHalfAnHourWithoutUse() async throws {
        try await withReplicas { replicas in
            let attendee = try await replicas[0].logIn(1)
            let organiser = try await replicas[0].logIn(2, [GrantedRole(role: .organiser, event: nil)])
            let store = SessionStore(client: replicas[0].client)
            let cookie = SessionCookie(isSecure: true)
            try await replicas[0].client.execute("UPDATE access_session SET used_at = now() - interval '31 minutes'")
            let (first, second) = (try cookie.digest(in: attendee), try cookie.digest(in: organiser))
            #expect(try await store.use(try #require(first)) != nil)
            #expect(try await store.use(try #require(second)) == nil)
        }
    }
}
