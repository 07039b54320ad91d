import Credentials
import HTTPServer
import JSON
import Models
import Persistence

/// The protocol of Overland: `POST /overland`.
///
/// The app keeps a batch until it is answered `{"result":"ok"}`, so invalid points are rejected one by one, and counted;
/// what it repeats is stored once. https://github.com/aaronpk/Overland-iOS#api
struct OverlandProtocol: Sendable {
    let phones: PhoneIntake

    /// Adds the route of a path.
    func add(to router: inout Router, at path: String) {
        router.post(path, gate: admission.gate, handler: take)
    }

    private var admission: RouteAdmission { phones.admission.route(limit: LocationBatch.maximumBytes) }

    private func take(_ request: Request) async throws -> Response {
        try await admission.withBody(of: request) { bytes in
            try await take(bytes, request)
        }
    }

    private func take(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = phones.intake.now()
        let batch = try OverlandBatch(PhoneText.utf8(bytes))
        do {
            let sender = try await phones.sender(of: request, named: batch.deviceID)
            let device = sender.device
            try await phones.take(batch.fixes, malformed: batch.malformed, of: device, at: moment, from: request)
            // Only a device with a valid token receives the persons whom its owner met.
            guard sender.isProven else { return Self.answer([]) }
            return Self.answer(await phones.recentMeetings.meetings(of: device.personID))
        } catch is PhoneIntake.Refusal {
            throw Problem(
                .unauthorized,
                "This phone is not registered, or its token is wrong: register it and open the setup link.",
                headers: ["WWW-Authenticate": #"Bearer realm="UdaConnect""#]
            ) { writer in
                // The app shows these members.
                writer.member("result", "error")
                writer.member("error", "unknown device or wrong token")
            }
        }
    }

    /// What the app waits for, and a line that it shows where others name the place.
    private static func answer(_ meetings: [RecentMeeting]) -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("result", "ok")
                if !meetings.isEmpty {
                    let names = meetings.map(\.person.details.fullName).joined(separator: ", ")
                    writer.object("geocode") { $0.member("full_name", "Met in the last hour: \(names)") }
                }
            }
        }
    }
}
