import Credentials
import HTTPServer
import JSON
import Models

/// The protocol of Traccar Client, OsmAnd, GPSLogger and similar apps: GET and POST at `/osmand`, and at every path of a
/// separate port.
///
/// What is refused is answered 4xx and sent again by the apps that buffer. https://www.traccar.org/osmand
struct OsmAndProtocol: Sendable {
    let phones: PhoneIntake

    /// Adds the routes of a path.
    func add(to router: inout Router, at path: String) {
        router.get(path, isSafe: false, handler: take)
        router.post(path, gate: admission.gate, handler: take)
    }

    /// background-geolocation sends all that it has kept in one batch, and again if that is refused.
    private var admission: RouteAdmission { phones.admission.route(limit: LocationBatch.maximumBytes) }

    /// A form contains one fix; its parsed parameters take many times its bytes.
    private static var maximumForm: Int { 64 << 10 }

    private func take(_ request: Request) async throws -> Response {
        let moment = phones.intake.now()
        let query = OsmAndMessage(request.query, now: moment)
        // A query with a place is complete. Otherwise it may name the device of a message in the body.
        guard query.hasPlace || request.body.announcedLength == 0 else {
            return try await admission.withBody(of: request) { bytes in
                try await take(PhoneText.utf8(bytes), query, moment, request)
            }
        }
        try await request.body.discard()
        guard let permit = phones.admission.admit(cost: 0) else { throw Problem.overloaded }
        let answer = try await permit.work(cost: 0) { try await take(query, isJSON: false, moment, request) }
        guard let answer else { throw Problem.overloaded }
        return answer
    }

    private func take(
        _ bytes: [UInt8],
        _ query: OsmAndMessage,
        _ moment: Timestamp,
        _ request: Request
    ) async throws -> Response {
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
            return try await take(query, isJSON: false, moment, request)
        }
        let isJSON = request.isContent(.json) || [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(first)
        guard isJSON || bytes.count <= Self.maximumForm else {
            throw Problem(.contentTooLarge, "A form may have \(Self.maximumForm) bytes.")
        }
        var message =
            isJSON
            ? try OsmAndMessage(bytes, now: moment)
            : OsmAndMessage(try QueryParameters(parsing: String(decoding: bytes, as: UTF8.self)), now: moment)
        message.deviceID = message.deviceID ?? query.deviceID
        return try await take(message, isJSON: isJSON, moment, request)
    }

    private func take(
        _ message: OsmAndMessage,
        isJSON: Bool,
        _ moment: Timestamp,
        _ request: Request
    ) async throws -> Response {
        let sender: PhoneIntake.Sender
        do {
            sender = try await self.sender(of: request, named: message.deviceID)
        } catch let refusal as PhoneIntake.Refusal {
            throw Self.problem(refusal, isJSON: isJSON)
        }
        let outcome = try await phones.take(
            message.fixes,
            malformed: message.malformed,
            of: sender.device,
            at: moment,
            from: request
        )
        // If there are several fixes, the valid ones were accepted.
        guard outcome.taken == 0, let refusal = outcome.refusal else { return Response(status: .ok) }
        // Traccar Client 10 repeats a rejected message forever and sends nothing after it (TrackerEngine.kt).
        if refusal.isFinal, Self.keepsWhatIsRefused(request) { return Response(status: .ok) }
        throw Problem(.badRequest, "This is no location. \(refusal.explanation)")
    }

    /// The name in the message has precedence, because `Authorization` may be meant for a proxy.
    private func sender(
        of request: Request,
        named name: String?
    ) async throws -> PhoneIntake.Sender {
        guard let name, !name.isEmpty else {
            return try await phones.sender(of: request, named: nil, needsToken: false)
        }
        var token: String?
        if case .basic(name, let password) = PhoneIntake.credentials(of: request) { token = password }
        // The setups of devices whose id is not enough have the token in its place.
        if name.utf8.count == DeviceToken.length, let device = try await phones.devices.device(of: DeviceToken(name)) {
            return PhoneIntake.Sender(device: device, isProven: true)
        }
        return try await phones.sender(named: name, showing: token, needsToken: false)
    }

    private static func problem(_ refusal: PhoneIntake.Refusal, isJSON: Bool) -> Problem {
        switch refusal {
        case .unnamed: Problem(.badRequest, "The phone's id is missing.")
        case .unknown: Problem(isJSON ? .notFound : .badRequest, "No phone with this id is registered.")
        case .unproven: Problem(.badRequest, "The phone's token is wrong.")
        }
    }

    private static func keepsWhatIsRefused(_ request: Request) -> Bool {
        request.headers["User-Agent"]?.hasPrefix("ktor-client") ?? false
    }
}
