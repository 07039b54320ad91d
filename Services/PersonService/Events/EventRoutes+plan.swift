import Archive
import Concurrency
import HTTPServer
import JSON
import Models
import RESTContract

extension EventRoutes {
    func readPlan(_ request: Request) async throws -> Response {
        let format =
            if let format = try request.query.optional("format", as: PlanFormat.self) { format } else {
                try PlanFormat(accept: request.headers["Accept"])
            }
        let event = try await event(of: request)
        let zones = try await events.plan(of: event.id)
        switch format {
        case .geoJSON:
            let bytes = JSONWriter.bytes { GeoJSONPlan.write(zones, to: &$0) }
            return .bytes(bytes, contentType: format.rawValue)
        case .imdf:
            return .bytes(try IMDFWriter(event, zones).archive(), contentType: format.rawValue)
        }
    }

    func replacePlan(_ request: Request) async throws -> Response {
        let event = try await event(of: request)
        let format = try PlanFormat(ofBodyOf: request)
        let mends = try request.query.optional("mend", as: Bool.self) ?? false
        return try await turn.pass {
            let bytes = try await request.body.collect(upTo: Self.maximumFile)
            let plan = try plan(in: bytes, format, of: event, mends: mends)
            guard let zones = try await events.replacePlan(of: event.id, with: plan.zones.map(\.details)) else {
                throw Problem.noSuchEvent
            }
            let unplaced = Self.roomsWithoutZone(try await events.programme(of: event.id))
            return .json { writer in
                writer.object { writer in
                    writer.member("zones", zones.count)
                    writer.member("skipped", plan.skipped)
                    writer.array("mended", of: plan.mended) { $0.value($1) }
                    writer.array("rooms_without_zone", of: unplaced) { $0.value($1) }
                }
            }
        }
    }

    private func plan(in bytes: [UInt8], _ format: PlanFormat, of event: Event, mends: Bool) throws -> PlanDocument {
        var errors = ContentErrors()
        var plan =
            switch format {
            case .geoJSON: try GeoJSONPlan(digest: digest).read(bytes, &errors)
            case .imdf: try IMDFReader.read(bytes, &errors)
            }
        // Parts that could not be read would make other parts look wrong.
        try errors.check()
        PlanCheck.check(&plan, venue: event.details.venue, mends: mends, &errors)
        try errors.check()
        return plan
    }

    /// The rooms of a programme that are no zones of the plan, each once, in alphabetical order.
    static func roomsWithoutZone(_ sessions: [ProgrammeSession]) -> [String] {
        Set(sessions.filter { $0.zone == nil }.compactMap(\.room)).sorted()
    }
}
