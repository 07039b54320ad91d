package import HTTPClient
internal import JSON
package import Observability

/// What an issuer says of itself (OpenID Connect Discovery 1.0, section 3).
package struct IssuerMetadata: Equatable, Sendable {
    /// Why a document is not accepted.
    package enum Problem: String, Error, LoggableError {
        /// Not one JSON object, or a repeated member, or a member has another type.
        case malformed
        /// The document is of another issuer.
        case issuer
        /// An endpoint is missing, or is neither https nor on this machine.
        case endpoint
        /// No authorization code, or no PKCE with SHA-256.
        case flow
        /// None of our algorithms.
        case algorithm
        /// Neither HTTP Basic authentication nor public clients.
        case authentication

        package var logMetadata: LogMetadata { [.reason: .string(rawValue)] }
    }

    /// The longest document, in bytes.
    package static let maximumLength = 64 << 10

    /// The issuer's name, byte by byte as in its tokens.
    package let issuer: String
    /// Where a browser begins a login.
    package let authorizationEndpoint: EndpointAddress
    /// Where a code is exchanged for tokens.
    package let tokenEndpoint: EndpointAddress
    /// The JWK set.
    package let keys: EndpointAddress
    /// Where a browser ends its session at the issuer, if the issuer offers it.
    package let endSessionEndpoint: EndpointAddress?
    /// The algorithms of ID tokens that we know, too.
    package let algorithms: Set<TokenAlgorithm>
    /// Whether callbacks name the issuer (RFC 9207).
    package let namesIssuerInCallbacks: Bool

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - json: the document.
    ///   - issuer: the expected issuer.
    /// - Throws: the first check that failed.
    package init(_ json: [UInt8], of issuer: String) throws(Problem) {
        let document: IssuerDocument
        do throws(JSONError) { document = try IssuerDocument(json) } catch { throw .malformed }
        guard document.issuer == issuer else { throw .issuer }
        guard let authorization = document.address("authorization_endpoint"),
            let token = document.address("token_endpoint"), let keys = document.address("jwks_uri")
        else { throw .endpoint }
        guard document.list("response_types_supported").contains("code"),
            document.list("code_challenge_methods_supported").contains("S256")
        else { throw .flow }
        let algorithms = document.list("id_token_signing_alg_values_supported")
        self.algorithms = Set(algorithms.compactMap(TokenAlgorithm.init(rawValue:)))
        guard !self.algorithms.isEmpty else { throw .algorithm }
        let methods = document.lists["token_endpoint_auth_methods_supported"] ?? ["client_secret_basic"]
        guard methods.contains("client_secret_basic") || methods.contains("none") else { throw .authentication }
        self.issuer = issuer
        (authorizationEndpoint, tokenEndpoint, self.keys) = (authorization, token, keys)
        endSessionEndpoint = document.address("end_session_endpoint")
        namesIssuerInCallbacks = document.namesIssuerInCallbacks
    }

    /// Where an issuer's document is.
    package static func address(of issuer: EndpointAddress) -> String {
        (issuer.text.hasSuffix("/") ? String(issuer.text.dropLast()) : issuer.text)
            + "/.well-known/openid-configuration"
    }

    /// Fetches an issuer's document.
    ///
    /// - Throws: ``Problem``, or an error of the client.
    package static func fetch(of issuer: EndpointAddress, by client: WebClient) async throws -> IssuerMetadata {
        let answer = try await client.get(address(of: issuer))
        guard answer.status == 200 else { throw UnexpectedStatus(status: answer.status) }
        guard answer.body.count <= maximumLength else { throw Problem.malformed }
        return try IssuerMetadata(answer.body, of: issuer.text)
    }
}

/// The members of a document that are of interest.
private struct IssuerDocument {
    var issuer: String?
    var texts: [String: String] = [:]
    var lists: [String: Set<String>] = [:]
    var namesIssuerInCallbacks = false

    init(_ json: [UInt8]) throws(JSONError) {
        var reader = JSONReader(json, maximumDepth: 8)
        try reader.beginObject()
        while let name = try reader.nextKey() {
            switch name {
            case "issuer": issuer = try reader.readString()
            case "authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint":
                texts[name] = try reader.readString()
            case "response_types_supported", "code_challenge_methods_supported",
                "id_token_signing_alg_values_supported", "token_endpoint_auth_methods_supported":
                var values: Set<String> = []
                try reader.beginArray()
                while try reader.nextElement() { values.insert(try reader.readString()) }
                lists[name] = values
            case "authorization_response_iss_parameter_supported": namesIssuerInCallbacks = try reader.readBoolean()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }

    func address(_ name: String) -> EndpointAddress? {
        texts[name].flatMap(EndpointAddress.init)
    }

    func list(_ name: String) -> Set<String> {
        lists[name] ?? []
    }
}
