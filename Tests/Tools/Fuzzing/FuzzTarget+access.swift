import Access
import Credentials
import HTTPServer
import JSON
import Models
import OpenIDConnect
import Persistence

@testable import AccessService

extension FuzzTarget {
    private static let routes = try? RouteTable(json: PackageResources.permissions_json)

    /// A key that is read is the text itself, so that a key has one spelling.
    static func checkKeyText(_ bytes: [UInt8]) throws(BrokenPromise) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let key = APIKeyText(text) else { return }
        try promise(key.text == text && text.utf8.count == bytes.count, "a key has one spelling")
        try promise(text.hasPrefix("uda_live_\(key.id.text)_"), "the id is a part of the text")
        try promise(APIKeyText(text + "0") == nil && APIKeyText(text.dropLast()) == nil, "a key has one length")
    }

    /// The head of a request to `/auth`: a field a line.
    static func checkAuthHead(_ bytes: [UInt8]) throws(BrokenPromise) {
        var headers = HTTPHeaders()
        for line in bytes.split(separator: 0x0A).prefix(64) {
            let parts = line.split(separator: 0x3A, maxSplits: 1)
            guard let name = parts.first else { continue }
            let value = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : ""
            headers.add(HeaderName(String(decoding: name, as: UTF8.self)), String(value.drop { $0 == " " }))
        }
        for isSecure in [true, false] {
            let cookie = SessionCookie(isSecure: isSecure)
            if let digest = try? cookie.digest(in: headers) {
                let pairs = headers.values("Cookie").flatMap { $0.split(separator: ";") }
                    .map { $0.drop { $0 == " " } }
                    .filter { $0.hasPrefix("\(cookie.name)=") }
                try promise(pairs.count == 1, "a cookie that occurs twice does not count")
                let value = pairs.first?.dropFirst(cookie.name.count + 1) ?? ""
                try promise(TokenDigest(of: value) == digest, "the digest is of the cookie's value")
            }
            let pending = PendingLoginCookie(isSecure: isSecure)
            if let login = pending.login(in: headers) {
                let pair = String(pending.field(login).prefix { $0 != ";" })
                try promise(pending.login(in: ["Cookie": pair]) == login, "a written login reads back")
            }
        }
        guard let forwarded = ForwardedRequest(headers) else { return }
        try promise(forwarded.path.hasPrefix("/") && !forwarded.path.contains("?"), "a path has no query")
        guard let entry = try? routes?.entry(forwarded.method, forwarded.path) else { return }
        try promise(entry.permission?.person != nil || entry.person == nil, "only a permission names a person")
        let parts = entry.template.split(separator: "/", omittingEmptySubsequences: false).count
        let segments = forwarded.path.split(separator: "/", omittingEmptySubsequences: false).count
        try promise(entry.template.hasSuffix("...}") || parts == segments, "a template has the path's segments")
    }

    /// The body of a request for a key.
    static func checkKeyDetails(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = try? APIKey.Details.days(json: bytes)
        let own: Set<EventID> = [.standard]
        guard let details = try? APIKey.Details(json: bytes, scopes: ["a", "b"], events: own) else { return }
        try promise(details.scopes.isSubset(of: ["a", "b"]), "a key has known scopes only")
        try promise(!details.events.isEmpty && details.events.isSubset(of: own), "a key is limited to own events")
        try promise(details.dailyLimit.map { $0 > 0 } ?? true, "a limit is positive")
        try promise(details.networks.allSatisfy { KeyNetwork($0) != nil }, "each network is one")
        try promise(VisibleText.problem(of: details.name, characters: 1...100) == nil, "the name is visible")
    }

    /// The bodies with one text.
    static func checkClaimBody(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = try? ClaimBody.kind(in: bytes)
        if let code = try? ClaimBody.code(in: bytes) {
            let written = JSONWriter.object { $0.member("code", code) }
            try promise((try? ClaimBody.code(in: written)) == code, "a code reads back")
        }
        guard let reason = try? EmergencyAccess.reason(in: bytes) else { return }
        try promise((10...200).contains(reason.unicodeScalars.count), "a reason is bounded")
        try promise(EmergencyAccess.isReason(reason), "the command accepts the same reasons")
    }

    /// The claims, signed by access-service.
    static func checkIdentity(_ bytes: [UInt8]) throws(BrokenPromise) {
        let request = RequestTarget(method: "GET", path: "/api/persons/7")
        _ = try? IdentityHeader.verify(String(decoding: bytes, as: UTF8.self), for: request, serviceKeys, now: now)
        let signed = "v1.\(Base64URL.encode(bytes))"
        guard let code = serviceKeys.code(of: signed.utf8) else { throw BrokenPromise(what: "there is a key") }
        let field = "\(signed).\(Base64URL.encode(code))"
        guard let identity = try? IdentityHeader.verify(field, for: request, serviceKeys, now: now) else { return }
        guard let written = IdentityHeader.make(identity, for: request, serviceKeys, now: now),
            written.utf8.count <= IdentityHeader.maximumLength
        else { return }
        let again = try? IdentityHeader.verify(written, for: request, serviceKeys, now: now)
        try promise(again == identity, "a written identity reads back")
    }

    private static let serviceKeys =
        (try? ServiceKeys(text: String(repeating: "0f", count: 32))) ?? .none
}
