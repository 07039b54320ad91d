internal import Credentials

/// What must be kept of a login until the browser comes back from the issuer; the caller stores it, for ten minutes at most.
///
/// The caller finds it by ``digest(ofState:)`` of the callback's `state`, and removes it with the first use. It also binds the
/// login to the browser, by a cookie: else an attacker could log a victim in under the attacker's account.
package struct PendingLogin: Equatable, Sendable {
    /// How long a login may take, in seconds.
    package static let lifetime: Int64 = 600

    /// The SHA-256 of `state`, 32 bytes.
    package let stateDigest: [UInt8]
    /// The text that the ID token must repeat.
    package let nonce: String
    /// The secret with which the code is redeemed (RFC 7636).
    package let verifier: String
    /// Where the browser goes afterwards.
    package let returnPath: LocalPath
    /// How long ago the person may have authenticated, in seconds; `nil` without a limit.
    package let maximumAge: Int64?
    /// When the login began.
    package let begunAt: NumericDate

    package init(
        stateDigest: [UInt8],
        nonce: String,
        verifier: String,
        returnPath: LocalPath,
        maximumAge: Int64?,
        begunAt: NumericDate
    ) {
        self.stateDigest = stateDigest
        self.nonce = nonce
        self.verifier = verifier
        self.returnPath = returnPath
        self.maximumAge = maximumAge
        self.begunAt = begunAt
    }

    /// The key under which the login is stored.
    package static func digest(ofState state: String) -> [UInt8] {
        SHA256Text.digest(state)
    }

    /// Whether the callback's `state` belongs to the login, in constant time.
    func matches(state: String) -> Bool {
        ConstantTime.areEqual(Self.digest(ofState: state), stateDigest)
    }

    func isOver(at now: NumericDate) -> Bool {
        !(0...Self.lifetime ~= now.seconds(since: begunAt))
    }
}
