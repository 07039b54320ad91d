import HTTPServer
import Testing

@Suite struct AuthorizationTests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func writesAndReadsBase64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
        #expect(Base64.decode(encoded.utf8.filter { $0 != UInt8(ascii: "=") }) == Array(text.utf8))
    }

    @Test func readsEveryByteBack() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }

    @Test(arguments: ["Z", "Zg=", "Zg===", "Z=g=", "Zm9v!", "Zm 9v", "Zm9vY"])
    func rejectsInvalidBase64(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test(
        arguments: [
            // RFC 7617, section 2.
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"), ("basic  YTo=", "a", ""),
            ("BASIC Ojo6", "", "::"), ("Basic", nil, nil), ("Basic YQ==", nil, nil), ("Basic /w==", nil, nil),
            ("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", nil, nil), ("Basic ?", nil, nil),
        ] as [(String, String?, String?)]
    )
    func readsBasicCredentials(field: String, user: String?, password: String?) throws {
        let credentials = try Request(.get, "/", headers: ["Authorization": field]).basicCredentials
        #expect(credentials?.user == user)
        #expect(credentials?.password == password)
    }

    @Test(
        arguments: [
            ("Bearer abc.d-e", "abc.d-e"), ("bearer x", "x"), ("Bearer ", nil), ("Basic x", nil),
        ] as [(String, String?)]
    )
    func readsABearerToken(field: String, token: String?) throws {
        #expect(try Request(.get, "/", headers: ["Authorization": field]).bearerToken == token)
        #expect(try Request(.get, "/").bearerToken == nil)
    }
}
