import HTTPClient
import IssuerTestSupport
import Testing

@testable import OpenIDConnect

@Suite(.timeLimit(.minutes(5))) struct IssuerMetadataTests {
    private static let issuer = "https://issuer.example/realm"

    private static func document(_ changes: [String: String?] = [:]) -> [UInt8] {
        var members: [String: String] = [
            "issuer": #""\#(issuer)""#, "authorization_endpoint": #""https://issuer.example/a?b=c""#,
            "token_endpoint": #""https://issuer.example/t""#, "jwks_uri": #""https://keys.example/k""#,
            "response_types_supported": #"["code","id_token"]"#,
            "code_challenge_methods_supported": #"["plain","S256"]"#,
            "id_token_signing_alg_values_supported": #"["HS256","none","ES256"]"#,
        ]
        for (name, value) in changes { members[name] = value }
        return Array("{\(members.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ","))}".utf8)
    }

    @Test func readsADocument() throws {
        let metadata = try IssuerMetadata(Self.document(), of: Self.issuer)
        #expect(metadata.keys.text == "https://keys.example/k" && metadata.algorithms == [.es256])
        #expect(metadata.authorizationEndpoint.with("d=e") == "https://issuer.example/a?b=c&d=e")
        #expect(metadata.tokenEndpoint.with("d=e") == "https://issuer.example/t?d=e")
        #expect(metadata.endSessionEndpoint == nil && !metadata.namesIssuerInCallbacks)
    }

    @Test(
        arguments: [
            (["issuer": #""https://issuer.example/realm/""#], IssuerMetadata.Problem.issuer),
            (["issuer": nil], .issuer),
            (["token_endpoint": #""http://issuer.example/t""#], .endpoint), (["jwks_uri": nil], .endpoint),
            (["authorization_endpoint": #""javascript:alert(1)""#], .endpoint),
            (["code_challenge_methods_supported": #"["plain"]"#], .flow),
            (["code_challenge_methods_supported": nil], .flow),
            (["response_types_supported": #"["id_token"]"#], .flow),
            (["id_token_signing_alg_values_supported": #"["HS256"]"#], .algorithm),
            (["token_endpoint_auth_methods_supported": #"["private_key_jwt"]"#], .authentication),
            (["jwks_uri": "1"], .malformed),
        ] as [([String: String?], IssuerMetadata.Problem)]
    )
    func refusesDocuments(changes: [String: String?], problem: IssuerMetadata.Problem) {
        #expect(throws: problem) { try IssuerMetadata(Self.document(changes), of: Self.issuer) }
    }

    @Test func refusesTheDocumentOfAnotherIssuer() async throws {
        try await TestIssuer.withIssuer { issuer in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(100))
            let address = try #require(EndpointAddress(issuer.name))
            _ = try await IssuerMetadata.fetch(of: address, by: client)
            try await issuer.control(#"{"metadata":{"issuer":"https://other.example"}}"#)
            await #expect(throws: IssuerMetadata.Problem.issuer) {
                try await IssuerMetadata.fetch(of: address, by: client)
            }
            try await issuer.control(#"{"status":302}"#)
            await #expect(throws: UnexpectedStatus.self) { try await IssuerMetadata.fetch(of: address, by: client) }
        }
    }

    @Test(arguments: [
        "https://a.example", "https://a.example:8443/b?c=d", "http://127.0.0.1:8080", "http://localhost/x",
        "http://[::1]:80/",
        "https://[2001:db8::1]/", "https://a-b.c/%41",
    ])
    func takesAddresses(text: String) {
        #expect(EndpointAddress(text)?.text == text)
    }

    @Test(arguments: [
        "", "https://", "https:///x", "http://a.example", "HTTPS://a.example", "ftp://a.example", "file:///etc/passwd",
        "https://user@a.example", "http://127.0.0.1@a.example", "http://127.0.0.1:80@a.example/",
        "http://127.0.0.1\\@a.example",
        "http://127.0.0.1#@a.example", "http://127.0.0.1.a.example", "http://127.1", "http://0x7f.0.0.1",
        "http://0.0.0.0",
        "http://localhost.a.example", "http://[::1]a.example", "http://[::2]", "https://a.example:0",
        "https://a.example:99999",
        "https://a.example:x", "https://a b.example", "https://a.example/\n", "https://ä.example",
        "https://a.example;b",
    ])
    func refusesAddresses(text: String) {
        #expect(EndpointAddress(text) == nil)
    }

    @Test(arguments: ["/", "/a", "/a/b/?c=//d", "/a?b=https://c", "/a/", "/%2F"])
    func takesLocalPaths(text: String) {
        #expect(LocalPath(text)?.text == text)
    }

    @Test(arguments: [
        "", "a", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/a//b", "///evil",
        "/./a",
        "/../a", "/a/..", "/.//evil.example", "/\t/evil.example", "/ a", "/a\n", "/ä", "javascript:alert(1)", "/a#b",
        "/\"x",
    ])
    func refusesOtherPaths(text: String) {
        #expect(LocalPath(text) == nil)
        #expect(LocalPath("/" + String(repeating: "a", count: 512)) == nil)
    }
}
