import HTTPServer
import JSON
import LocationQueue
import Models

/// The door for Traccar Client, OsmAnd and GPSLogger: GET and POST, at `/osmand` and at `/` of a port of its own.
///
/// What is refused is answered 4xx and sent again by the apps that buffer. https://www.traccar.org/osmand
struct OsmAndDoor<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let door: PhoneDoor<Queue, Registry>

    /// Adds the routes of a path.
    func add(to router: inout Router, at path: String) {
        router.get(path, isSafe: false, handler: take)
        router.post(path, gate: door.admission.gate(limit: Self.maximumBody), handler: take)
    }

    private static var maximumBody: Int { 256 << 10 }

    private func take(_ request: Request) async throws -> Response {
        // A query says it all; Traccar does not look at the body either then.
        guard request.query.isEmpty else {
            try await request.body.discard()
            guard let permit = door.admission.admit(cost: 0) else { throw Problem.overloaded }
            let answer = try await permit.work(cost: 0) {
                let moment = door.intake.now()
                return try await take(OsmAndMessage(request.query, now: moment), isJSON: false, moment, request)
            }
            guard let answer else { throw Problem.overloaded }
            return answer
        }
        return try await door.admission.withBody(of: request, upTo: Self.maximumBody) { try await take($0, request) }
    }

    private func take(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = door.intake.now()
        if Self.isJSON(bytes, request) {
            return try await take(try OsmAndMessage(bytes, now: moment), isJSON: true, moment, request)
        }
        let form = try QueryParameters(parsing: String(decoding: bytes, as: UTF8.self))
        return try await take(OsmAndMessage(form, now: moment), isJSON: false, moment, request)
    }

    private func take(
        _ message: OsmAndMessage,
        isJSON: Bool,
        _ moment: Timestamp,
        _ request: Request
    ) async throws -> Response {
        do {
            let device = try await door.device(named: message.deviceID, showing: nil, carriesTokens: false)
            let taken = try await door.take(message.fixes, of: device, at: moment, from: request)
            // A heartbeat has none, and of several the others have been taken.
            guard taken > 0 || message.fixes.isEmpty else {
                throw Problem(
                    .badRequest,
                    "This is no location: it needs a place on Earth, and a time that is not in the future."
                )
            }
            return Response(status: .ok)
        } catch let refusal as PhoneDoor<Queue, Registry>.Refusal {
            guard case .unnamed = refusal else {
                throw Problem(isJSON ? .notFound : .badRequest, "No phone of this id is registered.")
            }
            throw Problem(.badRequest, "The phone's id is missing.")
        }
    }

    private static func isJSON(_ bytes: [UInt8], _ request: Request) -> Bool {
        if request.isContent(.json) { return true }
        return bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    }
}
