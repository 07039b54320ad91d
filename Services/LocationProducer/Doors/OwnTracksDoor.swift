import HTTPServer
import JSON
import LocationQueue
import Models
import Observability

/// The door for OwnTracks in HTTP mode: `POST /owntracks`.
///
/// The app sends everything again until it is answered 2xx, in its order: a message that can never be taken is answered 200
/// as well, and counted, or the phone would be stuck with it. https://owntracks.org/booklet/tech/http
struct OwnTracksDoor<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let door: PhoneDoor<Queue, Registry>

    /// Adds the route.
    func add(to router: inout Router) {
        router.post("/owntracks", handler: take)
    }

    private static var maximumBody: Int { 64 << 10 }

    private func take(_ request: Request) async throws -> Response {
        let moment = door.intake.now()
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        // The app deletes a friend with nothing.
        guard !bytes.isEmpty else { return Self.answer() }
        let message: OwnTracksMessage
        do throws(JSONError) {
            message = try OwnTracksMessage(bytes)
        } catch {
            door.intake.reject()
            request.logger.info("A phone's message is no JSON", [.reason: "malformed"])
            return Self.answer()
        }
        guard let fix = message.fix else { return Self.answer() }
        let credentials = request.basicCredentials
        let names = [
            credentials?.user, request.query["u"], request.headers["X-Limit-U"], message.topicUser, message.trackerID,
        ]
        do {
            let device = try await door.device(
                named: names.lazy.compactMap { $0 }.first { !$0.isEmpty },
                showing: credentials?.password
            )
            try await door.take([fix], of: device, at: moment, from: request)
            return Self.answer()
        } catch is PhoneDoor<Queue, Registry>.Refusal {
            throw Problem(
                .unauthorized,
                "This phone is not registered, or its password is wrong: register it and import the configuration.",
                headers: ["WWW-Authenticate": #"Basic realm="UdaConnect""#]
            )
        }
    }

    /// The list that the app reads for friends.
    private static func answer() -> Response {
        .json { writer in
            writer.beginArray()
            writer.endArray()
        }
    }
}
