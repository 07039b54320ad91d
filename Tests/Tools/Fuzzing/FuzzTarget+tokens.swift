import Credentials

@testable import OpenIDConnect

extension FuzzTarget {
    /// The keys of a test issuer.
    private static let keys = try? SigningKeys(Array(keySet.utf8))

    private static let keySet = #"""
        {"keys":[{"kty":"RSA","use":"sig","kid":"rsa","n":"y1HHekujuXBViZlbG9b5F4NH-VkHwW5SduLYgRy2VD_ob\#
        ndK5dBIjzwvYsC-r7geirYvb5hFZ8PBhQ1QuyFW-odYz3apNm1v1LhDCoGkaAMjIM6OO7AjNIIQSaEGgIPK49tuo5oasNdUk\#
        jgofTvaJzxK1Y7joHMSLj4Y9gTAcYgbOakDKRonkCUa5nNVicruunCg9xVIjk_oRqnZ2tKou40pzU_PSG4EF8HpQFmNGjDjK\#
        RM-yecoW6cM-9BBcu5xyMURpV7KOcUV6xfAxkAlwlQWCxczSahoiqTh5-F8BXtzspQYyu9xQsW1Q8kVS1O-wcjUAQOrriSHe\#
        wf5U1FSmQ","e":"AQAB"},{"kty":"EC","alg":"ES256","kid":"curve","crv":"P-256","x":"Za_H4VNJv0qnGO\#
        TxgQckJK6R9MmLgCS7apzrN2ZdRRs","y":"Klh9YUBQ5R-mgtGubkU2lC0tYSCOpd5loH5TtjVozJY"}]}
        """#

    /// All tokens that the issuer has signed.
    private static let signed: Set<String> = [
        """
        eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGx\
        lIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiY2xpZW50X2lkIjoiYXBwIiwianRpIjoiMSI\
        sImlhdCI6MTc3Nzg4ODgwMCwiZXhwIjoxNzc3ODg5MTAwLCJzY29wZSI6ImEgYiJ9.knFUVP_svWTuQ9_k4ZkSx-cxef5weE\
        dgNFyt8GkktEt38ma8-KeTpgpggXpxWJqFlNq45OAnEJKR5S9s6ay2Kwp6QGQ4oMmY2rnIIahPTAZU7hohqrO96Pc8-Cpa-j\
        AwrJfyLmZax3wfCbeWvD7cQWf__ioemr3s04ZqRhpfi9y8wHMobwluIgM4kl556mO90ooxL0t4Meq06sOvTyNK43Zr0ZR9mr\
        EUB3_bd89nr4zyKqe3Y9-4UYLoHJckM4vKtraZHxrulaCg0vvsWGT_mhirhZM2chZobSD3QHR_ImSoaDmw8HumA8TOb5rDlU\
        6-Dz49ztpNFd44KqeiemqY9g
        """,
        """
        eyJhbGciOiJQUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGx\
        lIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiY2xpZW50X2lkIjoiYXBwIiwianRpIjoiMSI\
        sImlhdCI6MTc3Nzg4ODgwMCwiZXhwIjoxNzc3ODg5MTAwLCJzY29wZSI6ImEgYiJ9.BYE1Bxs3A_yKWGc_2jVpB5tZ7znKIH\
        x0mDJMiYGi3lDDlUKP2aVARHcOmVIRvrxr11TwsIwvJR8MqdwFhUI3t8hOJDU3B3eCVMMMkDmHgOgjjCxv6ZZtwsUhngJviZ\
        jIT0qQ4R4YZCuVpcKClaNJFNJUuw9wrns1fE-WEb4a8syHKh6N331-giXRyZXnDGdGQrcayH_G_UezeDnms6QSmVG2iBXhey\
        OkJkzI1rFWGzOyZul_xQwnUdAL36lOzzAKgrm6ASBTRz7tD3EUCIcTk5YzvQEbOiQVxpbS8QAoXsqjvHgBv1jjxSyT1vw9rZ\
        H-2QqqJDWhieqta-Xk1Ryo_Q
        """,
        """
        eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImN1cnZlIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFt\
        cGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiY2xpZW50X2lkIjoiYXBwIiwianRpIjoi\
        MSIsImlhdCI6MTc3Nzg4ODgwMCwiZXhwIjoxNzc3ODg5MTAwLCJzY29wZSI6ImEgYiJ9.s2C_XkrjMV1u8_23Z433IZrDY6s\
        aa5uY6aP-rpg-HjJejzD9t7eho1W_2v4JNGaXckK7mrDtn4pe-14cjbXVSQ
        """,
    ]

    /// Checks a token of a header, claims and a signature, with line breaks between them.
    static func checkToken(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = try? TokenText(String(decoding: bytes, as: UTF8.self), of: .access, Set(TokenAlgorithm.allCases))
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return }
        guard let keys else { throw BrokenPromise(what: "the issuer's keys can be read") }
        let text = parts.map { Base64URL.encode(Array($0)) }.joined(separator: ".")
        _ = try? TokenClaims(Array(parts[1]))
        guard let token = try? TokenText(text, of: .access, Set(TokenAlgorithm.allCases)) else { return }
        try promise(token.claims == Array(parts[1]), "the claims are those of the text")
        guard let key = try? keys.find(token.header) else { return }
        try promise(key.verifies(token) == signed.contains(text), "only tokens that the issuer signed are accepted")
    }

    /// Reads a JWK set.
    static func checkKeySet(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let keys = try? SigningKeys(bytes) else { return }
        try promise((1...SigningKeys.maximumCount).contains(keys.count), "a set is bounded")
    }

    /// Reads a discovery document.
    static func checkIssuer(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let issuer = try? IssuerMetadata(bytes, of: "https://issuer.example") else { return }
        for address in [issuer.authorizationEndpoint, issuer.tokenEndpoint, issuer.keys] {
            try promise(EndpointAddress(address.text) == address, "an address that was read is read again")
        }
        try promise(!issuer.algorithms.isEmpty, "an issuer has an algorithm")
    }
}
