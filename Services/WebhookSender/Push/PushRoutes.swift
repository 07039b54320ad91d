import Access
import Credentials
import HTTPServer
import JSON
import Models
import Networking
import Persistence
import RESTAccess
import RESTContract
import WebPush

/// The routes of browsers that get push messages.
///
/// A person sees and changes only their own.
struct PushRoutes: Sendable {
    let store: PushStore
    /// Identifies us to push services; `nil` if push is off.
    let key: VAPIDKey?
    /// Encrypts endpoints and keys.
    let box: SecretBox
    /// Whether endpoints may have `http:` addresses.
    let allowsHTTP: Bool
    /// Networks that endpoints may not be on.
    let forbidden: AddressRanges

    private static let maximumBody = 8 << 10

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/push/key", handler: readKey)
        router.get("/api/me/push", handler: list)
        router.post("/api/me/push", of: .json, handler: subscribe)
        router.delete("/api/me/push/{id}", handler: remove)
    }

    private func readKey(_ request: Request) async throws -> Response {
        guard let key else { throw Problem.pushIsOff }
        return .json { writer in writer.object { $0.member("key", key.publicKey) } }
    }

    private func list(_ request: Request) async throws -> Response {
        let found = try await store.subscriptions(of: try request.person)
        return .json { writer in
            writer.array(of: found) { writer, subscription in writer.object { subscription.writeMembers(to: &$0) } }
        }
    }

    private func subscribe(_ request: Request) async throws -> Response {
        let person = try request.person
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        let registration = try PushRegistration(json: bytes) {
            EndpointAddress($0, allowsHTTP: allowsHTTP, forbidden: forbidden)
        }
        guard key != nil else { throw Problem.pushIsOff }
        let subscription = PushSubscription(
            id: RandomText.make(characters: RandomText.idLength),
            origin: registration.address.origin,
            createdAt: .now()
        )
        let target = PushTarget(url: registration.address.text, keys: registration.keys)
        guard let sealed = target.sealed(by: box, for: subscription.id) else {
            throw Problem.unavailable("The endpoint could not be encrypted: try again shortly.")
        }
        let isAdded = try await store.add(
            subscription,
            digest: TokenDigest(of: target.url),
            sealed: sealed,
            of: person,
            session: request.access.identity.session
        )
        guard isAdded else { throw Problem.noSuchPerson }
        return .json(status: .created, headers: ["Location": "/api/me/push/\(subscription.id)"]) { writer in
            writer.object { subscription.writeMembers(to: &$0) }
        }
    }

    private func remove(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: RandomID.self)
        guard try await store.remove(id.text, of: try request.person) else {
            throw Problem(.notFound, "You have no browser with this id.")
        }
        return .noContent
    }
}

extension PushSubscription {
    /// Writes the members, without the endpoint and the keys, with which others could send.
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("origin", origin)
        writer.member("created_at", createdAt.description)
    }
}

extension Problem {
    fileprivate static var pushIsOff: Problem {
        Problem(.notFound, "Push messages are off: webhook-sender has no PUSH_KEY.")
    }
}
