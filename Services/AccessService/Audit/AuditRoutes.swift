import Access
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// The routes of the audit.
struct AuditRoutes: Sendable {
    let store: AuditStore

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/audit", handler: list)
        router.get("/api/audit/heads", handler: listHeads)
        router.get("/api/me/audit", handler: listReaders)
        router.get("/api/me/readings", handler: countReadings)
    }

    private static let pageSize = 100

    /// The latest records: for an organiser those of own events, for an operator all.
    private func list(_ request: Request) async throws -> Response {
        let access = request.access
        let filter: AuditStore.Filter =
            access.role == .organiser && !access.identity.events.isEmpty ? .events(access.identity.events) : .all
        return try await page(filter, "/api/audit", request) { record, writer in record.write(to: &writer) }
    }

    /// The signed heads, which a client can keep where no operator of the database changes them.
    private func listHeads(_ request: Request) async throws -> Response {
        let heads = try await store.heads()
        return .json { writer in
            writer.array(of: heads) { writer, head in
                writer.object { writer in
                    writer.member("writer", head.writer)
                    writer.member("number", head.number)
                    writer.member("signed_at", head.signedAt.description)
                    writer.member("head", head.text)
                }
            }
        }
    }

    /// Who looked at the person's data: the role, not the reader.
    private func listReaders(_ request: Request) async throws -> Response {
        try await page(.readers(of: try request.person), "/api/me/audit", request) { record, writer in
            let entry = record.entry
            writer.object { writer in
                writer.member("time", entry.time.description)
                if let role = entry.role { writer.member("role", role) }
                writer.member("operation", entry.operation)
                if let purpose = entry.purpose { writer.member("purpose", purpose) }
                if let count = entry.count { writer.member("count", count) }
            }
        }
    }

    /// How often others looked at the person's data: by day, role, operation and purpose.
    private func countReadings(_ request: Request) async throws -> Response {
        let readings = try await store.readings(of: try request.person)
        return .json { writer in
            writer.array(of: readings) { writer, reading in writer.object { reading.writeMembers(to: &$0) } }
        }
    }

    private func page(
        _ filter: AuditStore.Filter,
        _ path: String,
        _ request: Request,
        _ write: (AuditRecord, inout JSONWriter) -> Void
    ) async throws -> Response {
        let cursor = try request.query.optional("after", as: AuditStore.Cursor.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.pageSize
        let records = try await store.records(filter, after: cursor, limit: limit + 1)
        let shown = records.prefix(limit)
        var headers: HTTPHeaders = [:]
        if records.count > limit, let last = shown.last {
            let place = AuditStore.Cursor(after: last).text
            headers["Link"] = "<\(path)?limit=\(limit)&after=\(place)>; rel=\"next\""
        }
        return .json(headers: headers) { writer in
            writer.array(of: shown) { write($1, &$0) }
        }
    }
}

extension AuditStore.Cursor: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(pathParameter)
    }

    package static var expectation: String { "the end of a page, from its Link" }
}
