import Access
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// The routes of person-service for cards with contact details, which two persons see of each other once both agree.
struct ContactRoutes: Sendable {
    let contacts: ContactStore

    private static var maximumBody: Int { 16 << 10 }

    /// The formats of contacts.
    private enum Format: String, NegotiatedFormat {
        case json = "application/json"
        case vCard = "text/vcard"

        static let subject = "A contact"
    }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/contact", handler: readCard)
        router.put("/api/persons/{id}/contact", of: .json, handler: replaceCard)
        router.get("/api/persons/{id}/contacts", handler: list)
        router.get("/api/persons/{id}/contacts/{other}", handler: read)
        router.put("/api/persons/{id}/contacts/{other}", handler: ask)
        router.delete("/api/persons/{id}/contacts/{other}", handler: end)
    }

    private func readCard(_ request: Request) async throws -> Response {
        guard let card = try await contacts.card(of: try request.parameter("id")) else { throw Problem.noSuchPerson }
        return Self.answer(card)
    }

    private func replaceCard(_ request: Request) async throws -> Response {
        var reader = JSONReader(try await request.body.collect(upTo: Self.maximumBody))
        let card = try ContactCard(from: &reader)
        try reader.finish()
        guard try await contacts.replace(card, of: try request.parameter("id")) else { throw Problem.noSuchPerson }
        return Self.answer(card)
    }

    /// Answers with all contacts and requests; as vCards, with those who have agreed.
    private func list(_ request: Request) async throws -> Response {
        let format = try Format(accept: request.headers["Accept"])
        let isLimited = request.access.grant.isLimited
        let found = try await contacts.contacts(of: try request.parameter("id"), isLimited: isLimited)
        guard format == .vCard else {
            var response = Response.json { writer in writer.array(of: found) { $1.write(to: &$0) } }
            response.headers["Vary"] = "Accept"
            return response
        }
        return Self.vCards(found.compactMap(Self.vCard(of:)).joined(), file: "contacts.vcf")
    }

    /// Answers with the contact; as a vCard only if both have agreed.
    private func read(_ request: Request) async throws -> Response {
        let format = try Format(accept: request.headers["Accept"])
        let (id, other) = try request.personAndOther()
        let isLimited = request.access.grant.isLimited
        guard let contact = try await contacts.contacts(of: id, with: other, isLimited: isLimited).first else {
            throw Self.noSuchContact
        }
        guard format == .vCard else { return Self.answer(contact) }
        guard let text = Self.vCard(of: contact) else { throw Self.noSuchContact }
        return Self.vCards(text, file: "contact-\(other.rawValue).vcf")
    }

    /// A contact as a vCard; `nil` unless both have agreed.
    private static func vCard(of contact: ContactStore.Contact) -> String? {
        contact.card.map { card in
            VCard.card(
                of: contact.other,
                [("TITLE", card.jobTitle), ("EMAIL", card.email), ("TEL", card.phone), ("URL", card.url)]
            )
        }
    }

    private static func vCards(_ text: String, file: String) -> Response {
        var response = Response.bytes(Array(text.utf8), contentType: "text/vcard; charset=utf-8")
        response.headers["Content-Disposition"] = "attachment; filename=\"\(file)\""
        response.headers["Vary"] = "Accept"
        return response
    }

    /// Asks for the other's card, or agrees to the other's request.
    private func ask(_ request: Request) async throws -> Response {
        try await request.body.discard()
        let (id, other) = try request.personAndOther()
        guard id != other else {
            throw Problem(.conflict, "A person cannot be their own contact.")
        }
        switch try await contacts.ask(other, by: id, isLimited: request.access.grant.isLimited) {
        case .contact(let contact): return Self.answer(contact)
        case .noSuchPerson: throw Problem.noSuchPerson
        case .tooMany:
            throw Problem(
                .conflict,
                "There are \(ContactStore.maximumRequests) requests without an answer: withdraw one before you ask another person."
            )
        }
    }

    private func end(_ request: Request) async throws -> Response {
        let (id, other) = try request.personAndOther()
        try await contacts.end(other, by: id)
        return .noContent
    }

    private static var noSuchContact: Problem { Problem(.notFound, "There is no contact with this person.") }

    private static func answer(_ card: ContactCard) -> Response {
        .json { writer in writer.object { card.writeMembers(to: &$0) } }
    }

    private static func answer(_ contact: ContactStore.Contact) -> Response {
        var response = Response.json { contact.write(to: &$0) }
        response.headers["Vary"] = "Accept"
        return response
    }
}
