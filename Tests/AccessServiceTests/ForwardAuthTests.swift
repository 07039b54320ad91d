import Access
import HTTPServer
import Models
import Persistence
import Postgres
import RESTTestSupport
import Synchronization
import Testing

@testable import AccessService

@Suite struct ForwardAuthTests {
    @Test func refusesStrangers() async throws {
        let decider = try Decider()
        for target in ["/api/persons", "/api/persons?limit=1", "/api/persons/7", "/api/reports"] {
            #expect(try await decider.outcome("GET", target) == "401 unidentified")
        }
        #expect(try await decider.ask("GET", "/api/persons").headers["WWW-Authenticate"] == "Bearer")
        #expect(try await decider.outcome("HEAD", "/api/persons") == "401 unidentified")
    }

    @Test func passesWhatNeedsNoIdentity() async throws {
        let decider = try Decider()
        #expect(try await decider.outcome("GET", "/index.html") == "204 anonymous")
        #expect(try await decider.outcome("OPTIONS", "/api/persons") == "204 anonymous")
        // The service answers 405 and 404.
        #expect(try await decider.outcome("PATCH", "/api/persons") == "204 anonymous")
        #expect(try await decider.outcome("GET", "/api/unknown") == "204 anonymous")
        // A phone's token.
        #expect(try await decider.outcome("POST", "/owntracks", ["Authorization": "Basic YTpi"]) == "204 anonymous")
    }

    @Test func showsTheServiceWhoAsks() async throws {
        let decider = try Decider()
        let key = decider.credentials.addKey(scopes: ["persons.read"])
        let answer = try await decider.ask("GET", "/api/persons?q=a", bearer(key))
        let identity = try #require(try decider.identity(answer, "GET", "/api/persons?q=a"))
        #expect(identity.subject == "key:\(key.id.text)")
        #expect(identity.roles == [.client])
        #expect(identity.scopes == ["persons.read"])
        #expect(identity.session == identity.subject)
        #expect(throws: IdentityHeader.Refusal.otherRequest) { try decider.identity(answer, "DELETE", "/api/persons") }
        let session = decider.credentials.addSession()
        #expect(try await decider.outcome("GET", "/api/persons/7", cookie(session)) == "204 person:7")
    }

    /// 5, and one for each day, of which 7 cost most.
    @Test(arguments: [
        ("", 12), ("?from=2020-11-01&to=2020-11-02", 6), ("?from=2020-11-01T10:00:00Z&to=2020-11-02T11:00:00Z", 7),
        ("?from=2020-11-01&to=2020-11-01T00:00:01Z", 6), ("?from=2020-11-02&to=2020-11-01", 6), ("?to=2020-11-02", 12),
        ("?from=2020-01-01", 12), ("?from=2020-01-01&to=2100-01-01", 12), ("?from=x&to=y", 12), ("?from=%2", 12),
    ])
    func chargesQuestionsByTheirDays(query: String, units: Int) async throws {
        let decider = try Decider()
        let headers = bearer(decider.credentials.addKey())
        for answer in [
            try await decider.ask("GET", "/api/meetings\(query)", headers),
            try await decider.askAsTraefik("GET", "/api/meetings\(query)", headers),
        ] {
            #expect(answer.headers["RateLimit"]?.hasPrefix(#""daily";r=\#(100_000 - units);"#) == true)
        }
    }

    @Test func chargesQuestionsOfEnvoyByTheirDays() async throws {
        let decider = try Decider()
        let target = "/api/meetings?from=2020-11-01&to=2020-11-04"
        let answer = try await decider.askAsEnvoy("GET", target, bearer(decider.credentials.addKey()))
        #expect(answer.headers["RateLimit"]?.hasPrefix(#""daily";r=99992;"#) == true)
    }

    /// The service knows the object, and explains the refusal.
    @Test func leavesItToTheServiceWhatAnIdentityMayDo() async throws {
        let decider = try Decider()
        let session = cookie(decider.credentials.addSession(age: 301))
        #expect(try await decider.outcome("GET", "/api/persons", session) == "204 person:7")
        let key = decider.credentials.addKey()
        #expect(try await decider.outcome("GET", "/api/persons", bearer(key)) == "204 key:\(key.id.text)")
    }

    /// Envoy takes 200 only as admission, and would transport the identity that the client claims.
    @Test func answersEnvoyByItsRules() async throws {
        let decider = try Decider()
        let session = cookie(decider.credentials.addSession())
        let own = try await decider.askAsEnvoy("GET", "/api/persons/7?a=b", session)
        #expect(own.status == 200 && own.headers["X-Envoy-Auth-Headers-To-Remove"] == nil)
        #expect(try decider.identity(own, "GET", "/api/persons/7?a=b")?.subject == "person:7")
        let head = try await decider.askAsEnvoy("HEAD", "/api/persons/7", session)
        #expect(try decider.identity(head, "HEAD", "/api/persons/7")?.subject == "person:7")
        let page = try await decider.askAsEnvoy(
            "GET",
            "/index.html",
            ["X-Original-Method": "GET", "X-Original-URI": "/api/persons"]
        )
        #expect(page.status == 200 && page.headers["X-Envoy-Auth-Headers-To-Remove"] == "UdaConnect-Identity")
        #expect(try await decider.askAsEnvoy("GET", "/api/persons").status == 401)
        let key = bearer(decider.credentials.addKey(scopes: ["persons.read"]))
        #expect(try await decider.askAsEnvoy("DELETE", "/api/persons/7", key).status == 200)
        var foreign = session
        foreign["Sec-Fetch-Site"] = "cross-site"
        #expect(try await decider.askAsEnvoy("DELETE", "/api/persons/7", foreign).status == 403)
    }

    @Test func transportsThePurpose() async throws {
        let decider = try Decider()
        let key = decider.credentials.addKey()
        let purposes: [(String, String?)] = [
            ("Lost child at hall 4", "Lost child at hall 4"),
            (String(repeating: "ü", count: 200), String(repeating: "ü", count: 200)),
            ("", nil), (String(repeating: "x", count: 201), nil), ("a\u{202E}b", nil),
        ]
        for (text, purpose) in purposes {
            var fields = bearer(key)
            fields["Access-Purpose"] = text
            let answer = try await decider.ask("GET", "/api/persons", fields)
            #expect(try decider.identity(answer, "GET", "/api/persons")?.purpose == purpose)
        }
    }

    @Test func refusesChangesByPagesOfOtherOrigins() async throws {
        let decider = try Decider()
        let fields = cookie(decider.credentials.addSession())
        let own: [(HeaderName, String)] = [("Origin", "https://event.example"), ("Sec-Fetch-Site", "same-origin")]
        let foreign: [(HeaderName, String)] = [
            ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Site", "none"), ("Origin", "null"), ("X-Other", "1"),
        ]
        for (name, value) in own + foreign {
            var fields = fields
            fields["Host"] = "event.example"
            fields[name] = value
            let isOwn = own.contains { $0.0 == name && $0.1 == value }
            let expected = isOwn ? "204 person:7" : "403 cross_origin"
            #expect(try await decider.outcome("DELETE", "/api/persons/7", fields) == expected, "\(name) \(value)")
            #expect(try await decider.outcome("GET", "/api/persons/7", fields) == "204 person:7")
        }
    }

    @Test func endsRolesBeforeTheSession() async throws {
        let decider = try Decider()
        let role = GrantedRole(role: .operator, event: nil)
        let fresh = decider.credentials.addSession(person: nil, roles: [role], age: 3_590)
        let answer = try await decider.ask("GET", "/api/persons", cookie(fresh))
        #expect(try decider.identity(answer, "GET", "/api/persons")?.roles == [.operator])
        let old = decider.credentials.addSession(person: nil, roles: [role], age: 3_610)
        #expect(try await decider.outcome("GET", "/api/persons", cookie(old)) == "401 unidentified")
    }

    @Test func refusesInvalidCredentials() async throws {
        let decider = try Decider()
        let key = decider.credentials.addKey(scopes: ["persons.read"])
        let session = decider.credentials.addSession()
        let malformed: [HTTPHeaders] = [
            ["Authorization": key.text], ["Authorization": "Basic \(key.text)"], ["Authorization": "Bearer"],
            ["Authorization": "Bearer \(key.text.dropLast())"], ["Authorization": "Bearer \(key.text) x"],
            ["Authorization": "Bearer \(key.text)", "authorization": "Bearer \(key.text)"],
            ["Cookie": "__Host-uda=\(session); __Host-uda=\(session)"], ["Cookie": "__Host-uda="],
            ["Cookie": "__Host-uda=\(session)x"],
        ]
        for fields in malformed {
            #expect(try await decider.outcome("GET", "/api/persons", fields) == "401 malformed", "\(fields)")
        }
        #expect(try await decider.outcome("GET", "/api/persons", ["Cookie": "uda=\(session)"]) == "401 unidentified")
        let expired = decider.credentials.addKey(scopes: ["persons.read"], expiresAt: .now())
        #expect(try await decider.outcome("GET", "/api/persons", bearer(expired)) == "401 unknown")
        #expect(try await decider.outcome("GET", "/api/persons", bearer(.random())) == "401 unknown")
    }

    @Test func limitsKeysToNetworks() async throws {
        let decider = try Decider()
        let key = decider.credentials.addKey(scopes: ["persons.read"], networks: ["10.0.0.0/8", "2001:db8::/32"])
        for (address, outcome) in [
            ("10.1.2.3", "204 key:\(key.id.text)"), ("2001:db8::7", "204 key:\(key.id.text)"),
            ("192.0.2.1", "401 network"),
            ("10.1.2.3, 192.0.2.1", "401 network"),
        ] {
            var fields = bearer(key)
            fields["X-Forwarded-For"] = address
            #expect(try await decider.outcome("GET", "/api/persons", fields) == outcome, "\(address)")
        }
    }

    @Test func endedSessionsBlockNoNetwork() async throws {
        let decider = try Decider()
        for _ in 0..<20 {
            let cookie = "__Host-uda=\(SessionCookie.randomToken())"
            #expect(try await decider.outcome("GET", "/api/persons", ["Cookie": cookie]) == "401 unknown")
        }
        let valid = bearer(decider.credentials.addKey(scopes: ["persons.read"]))
        #expect(try await decider.outcome("GET", "/api/persons", valid).hasPrefix("204 key:"))
    }

    @Test func limitsWrongCredentialsPerNetwork() async throws {
        let time = Mutex<Int64>(0)
        let decider = try Decider(now: { time.withLock { $0 } })
        let valid = bearer(decider.credentials.addKey(scopes: ["persons.read"]))
        for _ in 0..<10 {
            #expect(try await decider.outcome("GET", "/api/persons", bearer(.random())) == "401 unknown")
        }
        #expect(try await decider.outcome("GET", "/api/persons", bearer(.random())) == "429 too_many")
        #expect(try await decider.ask("GET", "/api/persons", valid).headers["Retry-After"] == "60")
        #expect(decider.credentials.lookups == 10)
        // Traefik passes any status on.
        #expect(try await decider.askAsTraefik("GET", "/api/persons", valid).status == 429)
        time.withLock { $0 = 60_000_000_000 }
        #expect(try await decider.outcome("GET", "/api/persons", valid).hasPrefix("204 key:"))
    }

    @Test func passesWithoutIdentityUnlessItEnforces() async throws {
        for mode in [AccessMode.open, .observe] {
            let decider = try Decider(mode)
            #expect(try await decider.outcome("GET", "/api/persons") == "204 anonymous")
            #expect(try await decider.outcome("GET", "/api/persons", bearer(.random())) == "204 anonymous")
            #expect(try await decider.outcome("GET", "/api/persons/%37") == "204 anonymous")
            let key = decider.credentials.addKey(scopes: ["persons.read"])
            #expect(try await decider.outcome("GET", "/api/persons", bearer(key)) == "204 key:\(key.id.text)")
        }
        // Open mode is for some networks only.
        let fields: HTTPHeaders = ["X-Forwarded-For": "192.0.2.1"]
        #expect(try await Decider(.open).outcome("GET", "/api/persons", fields) == "401 unidentified")
        // The service refuses such a path.
        #expect(try await Decider().outcome("GET", "/api/persons/%37") == "204 anonymous")
    }

    @Test func answersProxiesOnly() async throws {
        let decider = try Decider()
        let answer = try await decider.ask("", "api")
        #expect(answer.status == 403)
        #expect(answer.headers["Access-Reason"] == "not_a_proxy")
    }

    @Test func neverPassesWithoutADecision() async throws {
        let time = Mutex<Int64>(0)
        let decider = try Decider(now: { time.withLock { $0 } })
        let own = cookie(decider.credentials.addSession())
        let key = bearer(decider.credentials.addKey(scopes: ["persons.read"]))
        #expect(try await decider.outcome("GET", "/api/persons/7", own) == "204 person:7")
        #expect(try await decider.outcome("GET", "/api/persons", key).hasPrefix("204"))
        decider.credentials.fail(.away)
        // Changes are still reported.
        #expect(try await decider.outcome("GET", "/api/persons", key).hasPrefix("204"))
        time.withLock { $0 = 16_000_000_000 }
        #expect(try await decider.outcome("GET", "/api/persons/7", own) == "204 person:7")
        #expect(try await decider.outcome("GET", "/api/persons", key) == "503 unavailable")
        #expect(try await decider.outcome("GET", "/index.html", key) == "204 anonymous")
        time.withLock { $0 = 61_000_000_000 }
        #expect(try await decider.outcome("GET", "/api/persons/7", own) == "503 unavailable")
        #expect(try await decider.outcome("GET", "/api/persons") == "401 unidentified")
    }
}
