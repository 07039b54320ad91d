import Access
import Credentials
import Models
import Testing

@Suite struct IdentityHeaderTests {
    private let key = String(repeating: "a1", count: 32)
    private let otherKey = String(repeating: "b2", count: 32)
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let target = RequestTarget(method: "GET", path: "/api/persons/7/people")

    private var identity: Identity {
        var identity = Identity(subject: "person:7", roles: [.attendee, .organiser], person: PersonID(rawValue: 7))
        identity.events = [.standard]
        identity.scopes = ["persons.read"]
        identity.session = "abc"
        identity.authenticatedAt = now
        identity.purpose = "lost \"badge\""
        identity.hasEmergencyAccess = true
        return identity
    }

    private func verify(_ text: String, at time: Timestamp? = nil, for other: RequestTarget? = nil) throws -> Identity {
        try IdentityHeader.verify(text, for: other ?? target, ServiceKeys(text: key), now: time ?? now)
    }

    @Test func showsTheReceiverWhoAsks() throws {
        let text = try #require(IdentityHeader.make(identity, for: target, ServiceKeys(text: key), now: now))
        #expect(try verify(text) == identity)
    }

    @Test func verifiesWithEachKeyOfTheReceiver() throws {
        let text = try #require(IdentityHeader.make(identity, for: target, ServiceKeys(text: otherKey), now: now))
        #expect(throws: IdentityHeader.Refusal.forged) { try verify(text) }
        let both = try ServiceKeys(text: "\(key)\n\(otherKey)\n")
        #expect(try IdentityHeader.verify(text, for: target, both, now: now) == identity)
        #expect(throws: IdentityHeader.Refusal.forged) {
            try IdentityHeader.verify(text, for: target, .none, now: now)
        }
    }

    @Test func refusesEveryChangedCharacter() throws {
        let text = try #require(IdentityHeader.make(identity, for: target, ServiceKeys(text: key), now: now))
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(throws: IdentityHeader.Refusal.self) { try verify(changed) }
        }
        for changed in ["", ".", "..", "v1..", text + ".", text + "=", " " + text, "v2" + text.dropFirst(2)] {
            #expect(throws: IdentityHeader.Refusal.self) { try verify(changed) }
        }
    }

    @Test func countsForAMinuteAndForOneRequest() throws {
        let text = try #require(IdentityHeader.make(identity, for: target, ServiceKeys(text: key), now: now))
        #expect(throws: IdentityHeader.Refusal.expired) {
            try verify(text, at: Timestamp(microseconds: now.microseconds + 60_000_001))
        }
        #expect(throws: IdentityHeader.Refusal.expired) {
            try verify(text, at: Timestamp(microseconds: now.microseconds - 60_000_001))
        }
        #expect(throws: IdentityHeader.Refusal.otherRequest) {
            try verify(text, for: RequestTarget(method: "DELETE", path: target.path))
        }
        #expect(throws: IdentityHeader.Refusal.otherRequest) {
            try verify(text, for: RequestTarget(method: "GET", path: "/api/persons/8/people"))
        }
    }

    @Test(arguments: ["", "\n", "abc", String(repeating: "z", count: 64)])
    func namesWhatIsNoKey(text: String) {
        #expect(throws: ServiceKeys.Problem.self) { try ServiceKeys(text: text) }
    }
}
