import Access
import Credentials
import HTTPServer
import JSON
import Models
import Networking
import Persistence
import RESTAccess
import RESTContract

/// The routes of subscriptions.
struct WebhookRoutes: Sendable {
    let webhooks: WebhookStore
    let deliveries: DeliveryStore
    /// Encrypts the secrets.
    let box: SecretBox
    /// Whether endpoints may have `http:` addresses.
    let allowsHTTP: Bool
    /// Networks that endpoints may not be on.
    let forbidden: AddressRanges

    private static let maximumBody = 64 << 10
    private static let pageSize = 1_000

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/webhooks", handler: list)
        router.post("/api/webhooks", of: .json, handler: create)
        router.get("/api/webhooks/{id}", handler: read)
        router.put("/api/webhooks/{id}", of: .json, handler: replace)
        router.delete("/api/webhooks/{id}", handler: remove)
        router.post("/api/webhooks/{id}/rotate", handler: rotate)
        router.post("/api/webhooks/{id}/ping", handler: ping)
        router.get("/api/webhooks/{id}/deliveries", handler: listDeliveries)
        router.post("/api/webhooks/{id}/replay", handler: replayAll)
        router.post("/api/webhooks/{id}/deliveries/{delivery}/replay", handler: replayOne)
    }

    private func list(_ request: Request) async throws -> Response {
        let after = try request.query.optional("after", as: RandomID.self)
        let found = try await webhooks.webhooks(
            after: after?.text,
            limit: Self.pageSize,
            of: request.access.identity.events
        )
        var headers: HTTPHeaders = [:]
        if found.count == Self.pageSize, let last = found.last {
            headers["Link"] = "</api/webhooks?after=\(last.id)>; rel=\"next\""
        }
        return .json(headers: headers) { writer in
            writer.array(of: found) { writer, webhook in writer.object { webhook.writeMembers(to: &$0) } }
        }
    }

    /// Answers with the secret, which no other answer but that of a rotation has.
    private func create(_ request: Request) async throws -> Response {
        let details = try await details(of: request)
        let (id, secret) = (RandomText.make(characters: RandomText.idLength), WebhookSecret.random())
        let subject = request.access.identity.subject
        guard let webhook = try await webhooks.create(id, details, secret: try seal(secret, id), by: subject) else {
            throw Problem(.conflict, "There are \(WebhookStore.maximumWebhooks) webhooks: remove one before.")
        }
        return Self.answer(webhook, secret, status: .created, headers: ["Location": "/api/webhooks/\(id)"])
    }

    private func read(_ request: Request) async throws -> Response {
        Self.answer(try await webhook(of: request))
    }

    private func replace(_ request: Request) async throws -> Response {
        let details = try await details(of: request)
        let webhook = try await webhook(of: request)
        guard let new = try await webhooks.replace(webhook.id, details) else { throw Problem.noSuchWebhook }
        return Self.answer(new)
    }

    private func remove(_ request: Request) async throws -> Response {
        guard try await webhooks.remove(try await webhook(of: request).id) else { throw Problem.noSuchWebhook }
        return .noContent
    }

    /// Answers with a new secret; the present one also signs for another day.
    private func rotate(_ request: Request) async throws -> Response {
        try await request.body.discard()
        let (webhook, secret) = (try await webhook(of: request), WebhookSecret.random())
        guard let new = try await webhooks.rotate(webhook.id, to: try seal(secret, webhook.id)) else {
            throw Problem.noSuchWebhook
        }
        return Self.answer(new, secret)
    }

    private func ping(_ request: Request) async throws -> Response {
        try await request.body.discard()
        let webhook = try await webhook(of: request)
        let subject = "ping_" + RandomText.make(characters: RandomText.idLength)
        guard try await deliveries.ping(webhook.id, subject: subject) else { throw Problem.noSuchWebhook }
        return .json(status: .accepted) { writer in
            writer.object { $0.member("message_id", DomainEvent.messageID(subject, 1)) }
        }
    }

    // MARK: Deliveries

    private func listDeliveries(_ request: Request) async throws -> Response {
        let webhook = try await webhook(of: request)
        let state = try request.query.optional("state", as: WebhookDelivery.State.self)
        let before = try request.query.optional("before", as: DeliveryNumber.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? 100
        let found = try await deliveries.deliveries(of: webhook.id, in: state, before: before?.value, limit: limit)
        var headers: HTTPHeaders = [:]
        if found.count == limit, let last = found.last {
            let filter = state.map { "state=\($0.rawValue)&" } ?? ""
            headers["Link"] =
                "</api/webhooks/\(webhook.id)/deliveries?\(filter)before=\(last.id)&limit=\(limit)>; rel=\"next\""
        }
        return .json(headers: headers) { writer in writer.array(of: found) { $1.write(to: &$0) } }
    }

    private func replayAll(_ request: Request) async throws -> Response {
        try await request.body.discard()
        let count = try await deliveries.replay(of: try await webhook(of: request).id)
        return .json(status: .accepted) { writer in writer.object { $0.member("count", count) } }
    }

    private func replayOne(_ request: Request) async throws -> Response {
        try await request.body.discard()
        let (webhook, delivery) = (
            try await webhook(of: request), try request.parameter("delivery", as: DeliveryNumber.self)
        )
        guard try await deliveries.replay(delivery.value, of: webhook.id) == 1 else {
            throw Problem(.notFound, "The webhook has no dead letter with this number.")
        }
        return .json(status: .accepted) { writer in writer.object { $0.member("count", 1) } }
    }

    // MARK: Parts of requests and answers

    private func details(of request: Request) async throws -> Webhook.Details {
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        return try Webhook.Details(json: bytes, events: request.access.identity.events) {
            EndpointAddress($0, allowsHTTP: allowsHTTP, forbidden: forbidden)
        }
    }

    /// The subscription in the path, if it is only for events of the identity.
    private func webhook(of request: Request) async throws -> Webhook {
        let own = request.access.identity.events
        guard let webhook = try await webhooks.webhook(try request.parameter("id", as: RandomID.self).text),
            own.isEmpty || !webhook.details.events.isEmpty && webhook.details.events.isSubset(of: own)
        else { throw Problem.noSuchWebhook }
        return webhook
    }

    private func seal(_ secret: WebhookSecret, _ id: String) throws(Problem) -> [UInt8] {
        guard let sealed = box.seal(secret.bytes, for: id) else {
            throw Problem.unavailable("The secret could not be encrypted: try again shortly.")
        }
        return sealed
    }

    private static func answer(
        _ webhook: Webhook,
        _ secret: WebhookSecret? = nil,
        status: HTTPStatus = .ok,
        headers: HTTPHeaders = [:]
    ) -> Response {
        .json(status: status, headers: headers) { writer in
            writer.object { writer in
                if let secret { writer.member("secret", secret.text) }
                webhook.writeMembers(to: &writer)
            }
        }
    }
}

/// The number of a delivery.
private struct DeliveryNumber: PathParameter {
    let value: Int64

    init?(pathParameter: Substring) {
        guard let value = Int64(pathParameter: pathParameter), value > 0 else { return nil }
        self.value = value
    }

    static var expectation: String { "an integer from 1 to 9223372036854775807" }
}

extension WebhookDelivery.State: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(rawValue: String(pathParameter))
    }

    package static var expectation: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

extension Problem {
    /// 404 for the id of a subscription that does not exist, or that the identity may not see.
    fileprivate static var noSuchWebhook: Problem { Problem(.notFound, "There is no webhook with this id.") }
}
