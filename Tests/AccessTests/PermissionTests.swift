import Access
import Models
import Testing

@Suite struct PermissionTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let seven = PersonID(rawValue: 7)

    private func table(_ access: String) throws -> Permission {
        let document =
            #"{"openapi": "3.1.0", "paths": {"/p/{id}": {"parameters": [], "get": {"x-access": \#(access)}}}}"#
        return try #require(try PermissionTable(openAPI: Array(document.utf8))["HEAD", "/p/{id}"])
    }

    private func decide(_ access: String, _ identity: Identity, on person: Int32? = nil) throws -> Role? {
        try table(access).decide(identity, on: person.flatMap { PersonID(rawValue: $0) }, now: now).role
    }

    @Test func readsTheDocument() throws {
        let permission = try table(
            #"{"person": "id", "units": 5, "units_per_day": 2, "attendee": "own fresh", "client": "scope:a.b audited"}"#
        )
        #expect(permission.person == "id")
        #expect(permission.units == 5 && permission.unitsPerDay == 2)
        #expect(permission.grants[.attendee]?.isOwn == true)
        #expect(permission.grants[.client]?.scope == "a.b")
        #expect(permission.grants[.operator] == nil)
        #expect(try table(#""public""#).isPublic)
    }

    @Test func ignoresFurtherSlashes() throws {
        let table = try PermissionTable(openAPI: Array(#"{"paths": {"/a/b": {"post": {"x-access": "public"}}}}"#.utf8))
        #expect(table["POST", "//a/b/"]?.isPublic == true)
        #expect(table["POST", "/a"] == nil)
    }

    @Test(arguments: [
        #""open""#, #"{"stranger": "yes"}"#, #"{"attendee": "mine"}"#, #"{"checked_by": "x"}"#, #"{"session": "x"}"#,
        "7",
    ])
    func refusesWhatItDoesNotKnow(access: String) {
        #expect(throws: PermissionTable.Problem.self) { try table(access) }
    }

    @Test func refusesAnOperationWithoutAccess() {
        let document = #"{"paths": {"/p": {"post": {"responses": {}}}}}"#
        #expect(throws: PermissionTable.Problem.missing(.init(method: "POST", path: "/p"))) {
            try PermissionTable(openAPI: Array(document.utf8))
        }
    }

    @Test func admitsASessionWithoutARoleWhereAnySessionMayCall() throws {
        var login = Identity(subject: "identity:3f9a01bc", roles: [])
        login.session = "session:3f9a01bc"
        #expect(try decide(#"{"session": "any", "attendee": "yes"}"#, login) == nil)
        #expect(throws: AccessDenial.unidentified) { try decide(#"{"attendee": "yes"}"#, login) }
        #expect(throws: AccessDenial.unidentified) { try decide(#"{"session": "any"}"#, .anonymous) }
    }

    @Test func isDeniedWithoutAGrant() throws {
        let access = #"{"person": "id", "attendee": "own", "operator": "emergency"}"#
        #expect(throws: AccessDenial.unidentified) { try decide(access, .anonymous, on: 7) }
        #expect(throws: AccessDenial.role) { try decide(access, .legacy, on: 7) }
        let attendee = Identity(subject: "person:7", roles: [.attendee], person: seven)
        #expect(try decide(access, attendee, on: 7) == .attendee)
        #expect(throws: AccessDenial.notOwn) { try decide(access, attendee, on: 8) }
        var operatorIdentity = Identity(subject: "o", roles: [.operator])
        #expect(throws: AccessDenial.emergency) { try decide(access, operatorIdentity, on: 8) }
        operatorIdentity.hasEmergencyAccess = true
        #expect(throws: AccessDenial.purpose) { try decide(access, operatorIdentity, on: 8) }
        operatorIdentity.purpose = "restore"
        #expect(try decide(access, operatorIdentity, on: 8) == .operator)
    }

    @Test func takesTheRoleWithTheSmallestView() throws {
        let access = #"{"person": "id", "attendee": "own", "organiser": "audited"}"#
        var both = Identity(subject: "person:7", roles: [.attendee, .organiser], person: seven)
        #expect(try decide(access, both, on: 7) == .attendee)
        #expect(throws: AccessDenial.purpose) { try decide(access, both, on: 8) }
        both.purpose = "lost badge"
        #expect(try decide(access, both, on: 8) == .organiser)
    }

    @Test func asksForAFreshLogin() throws {
        var attendee = Identity(subject: "person:7", roles: [.attendee], person: seven)
        #expect(throws: AccessDenial.stale) { try decide(#"{"attendee": "own fresh"}"#, attendee) }
        attendee.authenticatedAt = Timestamp(microseconds: now.microseconds - 300_000_000)
        #expect(try decide(#"{"attendee": "own fresh"}"#, attendee) == .attendee)
        attendee.authenticatedAt = Timestamp(microseconds: now.microseconds - 300_000_001)
        #expect(throws: AccessDenial.stale) { try decide(#"{"attendee": "own fresh"}"#, attendee) }
    }

    @Test func asksAClientForItsScope() throws {
        var client = Identity(subject: "key:1", roles: [.client])
        #expect(throws: AccessDenial.scope) { try decide(#"{"client": "scope:persons.read audited"}"#, client) }
        client.scopes = ["persons.read"]
        #expect(try decide(#"{"client": "scope:persons.read audited"}"#, client) == .client)
    }
}
