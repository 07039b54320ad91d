import Credentials
import HTTPServer
import JSON
import LocationQueue
import Models
import Persistence

/// The protocol of Overland: `POST /overland`.
///
/// The app keeps a batch until it is answered `{"result":"ok"}`, so invalid points are rejected one by one, and counted;
/// what it repeats is stored once. https://github.com/aaronpk/Overland-iOS#api
struct OverlandProtocol<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let phones: PhoneIntake<Queue, Registry>

    /// Adds the route of a path.
    func add(to router: inout Router, at path: String) {
        router.post(path, gate: phones.admission.gate(limit: LocationBatch.maximumBytes), handler: take)
    }

    private func take(_ request: Request) async throws -> Response {
        try await phones.admission.withBody(of: request, upTo: LocationBatch.maximumBytes) { bytes in
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
            // A device that has not shown its token is not told whom its owner met.
            guard sender.isProven else { return Self.answer([]) }
            return Self.answer(await phones.companions.companions(of: device.personID))
        } catch is PhoneIntake<Queue, Registry>.Refusal {
            throw Problem(
                .unauthorized,
                "This phone is not registered, or its token is wrong: register it and open the setup link.",
                headers: ["WWW-Authenticate": #"Bearer realm="UdaConnect""#]
            ) { writer in
                // What the app shows.
                writer.member("result", "error")
                writer.member("error", "unknown device or wrong token")
            }
        }
    }

    /// What the app waits for, and a line that it shows where others name the place.
    private static func answer(_ companions: [Companion]) -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("result", "ok")
                if !companions.isEmpty {
                    let names = companions.map(\.person.details.fullName).joined(separator: ", ")
                    writer.object("geocode") { $0.member("full_name", "Met in the last hour: \(names)") }
                }
            }
        }
    }
}
