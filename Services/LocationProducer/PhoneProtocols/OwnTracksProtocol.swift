import Geospatial
import HTTPServer
import JSON
import Models
import Observability
import Persistence

/// The protocol of OwnTracks in HTTP mode: `POST /owntracks`.
///
/// The app sends everything again until it is answered 2xx, in its order: a message that can never be taken is answered 200
/// as well, and counted, or the phone would be stuck with it. https://owntracks.org/booklet/tech/http
struct OwnTracksProtocol: Sendable {
    let phones: PhoneIntake

    /// Adds the route of a path.
    func add(to router: inout Router, at path: String) {
        router.post(path, gate: admission.gate, handler: take)
    }

    /// A location of a point of interest may have a photo (`OwnTracking.m`), and the app repeats a rejected message forever.
    private var admission: RouteAdmission { phones.admission.route(limit: 4 << 20) }

    private func take(_ request: Request) async throws -> Response {
        try await admission.withBody(of: request) { try await take($0, request) }
    }

    private func take(_ bytes: [UInt8], _ request: Request) async throws -> Response {
        let moment = phones.intake.now()
        // The app sends an empty message when it deletes a friend.
        guard !bytes.isEmpty else { return Self.answer() }
        let message: OwnTracksMessage
        do throws(JSONError) {
            message = try OwnTracksMessage(PhoneText.utf8(bytes))
        } catch {
            phones.intake.reject()
            request.logger.info("Rejected a message that is not JSON from a phone", [.reason: "malformed"])
            await noteUnreadable(.malformed, request)
            return Self.answer()
        }
        guard message.fix != nil || phones.hints != nil && !message.transmitters.isEmpty else {
            if message.isEncrypted { await noteUnreadable(.encrypted, request) }
            return Self.answer()
        }
        let names = [request.query["u"], request.headers["X-Limit-U"], message.topicUser, message.trackerID]
        do {
            let name = names.lazy.compactMap { $0 }.first { !$0.isEmpty }
            let sender = try await phones.sender(of: request, named: name)
            if let fix = message.fix { try await phones.take([fix], of: sender.device, at: moment, from: request) }
            if let hints = phones.hints, let time = message.time,
                let seen = try? PhoneTime.mended(time, mayCountFrom2001: true, now: moment),
                try await !phones.intake.withholds(sender.device.personID, at: seen)
            {
                try await hints.keep(message.transmitters, of: sender.device, at: seen)
            }
            // Only a device with a valid token receives the places of others.
            guard sender.isProven else { return Self.answer() }
            return Self.answer(await phones.recentMeetings.meetings(of: sender.device.personID))
        } catch is PhoneIntake.Refusal {
            throw Problem(
                .unauthorized,
                "This phone is not registered, or its password is wrong: register it and import the configuration.",
                headers: ["WWW-Authenticate": #"Basic realm="UdaConnect""#]
            )
        }
    }

    /// Informs the owner of the device, if the request identifies it.
    ///
    /// The answer is the usual one, because the app would repeat a rejected message forever.
    private func noteUnreadable(_ reason: DeviceRefusal, _ request: Request) async {
        guard let sender = try? await phones.sender(of: request, named: request.query["u"]), sender.isProven else {
            return
        }
        phones.sightings.note(reason, of: sender.device.id, at: phones.intake.now())
    }

    /// The list that the app reads for friends: where each was met, and a card with the name.
    private static func answer(_ meetings: [RecentMeeting] = []) -> Response {
        .json { writer in
            writer.array(of: meetings) { writer, meeting in
                // Letters are not enough to tell people apart.
                let topic = "owntracks/person/\(meeting.person.id.rawValue)"
                let letters = meeting.person.details.initials
                writer.object { writer in
                    writer.member("_type", "location")
                    writer.member("tid", letters)
                    writer.member("topic", topic)
                    writer.key("lat")
                    writer.value(json: meeting.place.latitude.description.utf8)
                    writer.key("lon")
                    writer.value(json: meeting.place.longitude.description.utf8)
                    writer.member("tst", meeting.time.microseconds / 1_000_000)
                }
                writer.object { writer in
                    writer.member("_type", "card")
                    writer.member("tid", letters)
                    writer.member("topic", topic)
                    writer.member("name", meeting.person.details.fullName)
                }
            }
        }
    }
}
