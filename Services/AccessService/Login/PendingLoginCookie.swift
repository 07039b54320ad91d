import Credentials
import HTTPServer
import JSON
import OpenIDConnect

/// The cookie of a login that has begun: it binds the login to the browser, and ends with it.
///
/// It has the secret with which the code is redeemed (RFC 7636), which is of no use without the code that only this browser gets.
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

    /// The value of `Set-Cookie`; without a login, browsers remove the cookie.
    func field(_ login: PendingLogin?) -> String {
        let value = login.map { Base64URL.encode(Self.encode($0)) } ?? ""
        let seconds = login == nil ? 0 : PendingLogin.lifetime
        return "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The login of a request; `nil` without a valid cookie.
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
