import Credentials
import HTTPServer
import JSON
import LocationQueue
import Models
import Persistence

/// The door for Overland: `POST /overland`.
///
/// The app keeps a batch until it is answered `{"result":"ok"}`, so points that are none are refused one by one, and counted;
/// what it repeats is stored once. https://github.com/aaronpk/Overland-iOS#api
struct OverlandDoor<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let door: PhoneDoor<Queue, Registry>

    /// Adds the route.
    func add(to router: inout Router) {
        router.post("/overland", gate: door.admission.gate(limit: LocationBatch.maximumBytes), handler: take)
    }

    private func take(_ request: Request) async throws -> Response {
        try await door.admission.withBody(of: request, upTo: LocationBatch.maximumBytes) { bytes in
            try await take(bytes, request)
        }
    }

    private func take(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = door.intake.now()
        let batch = try OverlandBatch(bytes)
        do {
            let device = try await device(of: batch, request)
            if batch.malformed > 0 { door.intake.reject(batch.malformed) }
            try await door.take(batch.fixes, of: device, at: moment, from: request)
            // Whom somebody met is told to who has proven to be the device.
            guard request.bearerToken != nil else { return Self.answer([]) }
            return Self.answer(await door.companions.companions(of: device.personID))
        } catch is PhoneDoor<Queue, Registry>.Refusal {
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

    /// The token names the device; without one the features do.
    private func device(of batch: OverlandBatch, _ request: Request) async throws -> KnownDevice {
        guard let token = request.bearerToken else {
            return try await door.device(named: batch.deviceID, showing: nil)
        }
        guard let device = try await door.devices.device(of: DeviceToken(token)) else {
            throw PhoneDoor<Queue, Registry>.Refusal.unproven
        }
        return device
    }

    /// What the app waits for, and a line that it shows where others name the place.
    private static func answer(_ companions: [Companion]) -> Response {
        .json { writer in
            writer.beginObject()
            writer.member("result", "ok")
            if !companions.isEmpty {
                let names = companions.map(\.person.details.fullName).joined(separator: ", ")
                writer.key("geocode")
                writer.beginObject()
                writer.member("full_name", "Met in the last hour: \(names)")
                writer.endObject()
            }
            writer.endObject()
        }
    }
}
