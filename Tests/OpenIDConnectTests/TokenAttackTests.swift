import Testing

@testable import OpenIDConnect

/// A token that is not valid, and the check that must find it.
struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rejection: TokenRejection
    let token: @Sendable (Forge) -> String

    init(_ name: String, _ rejection: TokenRejection, _ token: @escaping @Sendable (Forge) -> String) {
        (testDescription, self.rejection, self.token) = (name, rejection, token)
    }
}

@Suite struct TokenAttackTests {
    @Test(arguments: Attack.all)
    func isRejected(attack: Attack) async {
        let token = attack.token(.shared)
        await #expect(throws: TokenFailure.rejected(attack.rejection)) { try await Forge.shared.check(token) }
    }

    @Test func thereAreEnoughOfThem() {
        #expect(Attack.all.count >= 50)
        #expect(Set(Attack.all.map { $0.testDescription }).count == Attack.all.count)
    }

    /// The same tokens without the attack.
    @Test func goodTokensAreAccepted() async throws {
        let forge = Forge.shared
        let ps = Forge.signed(Forge.header("PS256", kid: "ps"))
        let tokens = [
            forge.rs(), forge.rs(Forge.header("RS256", kid: "rs")), forge.es(),
            Forge.token(ps, forge.rsa.sign(ps, salt: 32)),
        ]
        for token in tokens {
            let accepted = try await forge.check(token)
            #expect(accepted.subject == "alice" && accepted.client == "app" && accepted.tokenID == "1")
        }
    }

    @Test func showsNothingOfATokenInTexts() throws {
        let token = try TokenText(Forge.shared.rs(), of: .access, [.rs256])
        #expect("\(token)" == "a token")
    }
}
