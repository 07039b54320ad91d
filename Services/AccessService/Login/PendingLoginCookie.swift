import Credentials
import HTTPServer
import JSON
import OpenIDConnect

/// The cookie of a started login: binds the login to the browser until the login ends.
///
/// The cookie holds the secret with which the code is redeemed (RFC 7636). The secret is useless without the code, and
/// only this browser receives the code.
struct PendingLoginCookie: Sendable {
    private let name: String
    private let isSecure: Bool

    /// The longest value, in bytes.
    private static let maximumLength = 2_048

    /// - Parameter isSecure: whether browsers reach the deployment by TLS.
    init(isSecure: Bool) {
        self.isSecure = isSecure
        name = isSecure ? "__Host-uda-login" : "uda-login"
    }

    /// The value of `Set-Cookie` that stores a login; for `nil`, one that removes the cookie.
    func field(_ login: PendingLogin?) -> String {
        let value = login.map { Base64URL.encode(Self.encode($0)) } ?? ""
        let seconds = login == nil ? 0 : PendingLogin.lifetime
        return "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The login in a request's cookie; `nil` without a valid cookie.
    func login(in headers: HTTPHeaders) -> PendingLogin? {
        let values = headers.values("Cookie").flatMap { $0.split(separator: ";") }
            .map { $0.drop { $0 == " " } }
            .filter { $0.hasPrefix("\(name)=") }
        guard values.count == 1, let value = values.first?.dropFirst(name.count + 1),
            value.utf8.count <= Self.maximumLength, let bytes = Base64URL.decode(value)
        else { return nil }
        return Self.decode(bytes)
    }

    private static func encode(_ login: PendingLogin) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("state", Base64URL.encode(login.stateDigest))
            writer.member("nonce", login.nonce)
            writer.member("verifier", login.verifier)
            writer.member("path", login.returnPath.text)
            if let age = login.maximumAge { writer.member("age", age) }
            writer.member("begun", login.begunAt.seconds)
        }
    }

    private static func decode(_ bytes: [UInt8]) -> PendingLogin? {
        var (texts, numbers) = ([String: String](), [String: Int64]())
        do throws(JSONError) {
            var reader = JSONReader(bytes, maximumDepth: 1)
            try reader.beginObject()
            while let member = try reader.nextKey() {
                if try reader.peekKind() == .number {
                    numbers[member] = try reader.readInteger(as: Int64.self)
                } else {
                    texts[member] = try reader.readString()
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
        guard let state = texts["state"].flatMap({ Base64URL.decode($0) }), let nonce = texts["nonce"],
            let verifier = texts["verifier"], let path = texts["path"].flatMap({ LocalPath($0) }),
            let begun = numbers["begun"].flatMap({ NumericDate($0) })
        else { return nil }
        return PendingLogin(
            stateDigest: state,
            nonce: nonce,
            verifier: verifier,
            returnPath: path,
            maximumAge: numbers["age"],
            begunAt: begun
        )
    }
}
