import Credentials
import HTTPServer
import JSON
import LocationQueue
import Models
import Observability
import Persistence

/// What the phones' protocols have in common: identifying the device, and handing over what it reports.
struct PhoneIntake<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    /// The way to the queue.
    let intake: LocationIntake<Queue>
    /// Whose the phones are.
    let devices: DeviceDirectory<Registry>
    /// Whom their owners have met.
    let companions: any CompanionSource
    /// Whether a phone has to show its token where its protocol carries one.
    let requiresTokens: Bool
    /// Who is let in.
    let admission: Admission
    /// Where the devices were last.
    let lastFixes = LastFixes()
    /// The reports for the devices' owners.
    let sightings: DeviceSightings

    /// Why a phone is not let in.
    enum Refusal: Error {
        /// It does not say who it is.
        case unnamed
        /// The device is not registered.
        case unknown
        /// It has shown a token that is not its own, or none where one is required.
        case unproven
    }

    /// What became of a message's fixes.
    struct Outcome: Equatable {
        /// How many were locations.
        var taken = 0
        /// Why the last of the others was refused; `nil` if none was.
        var refusal: DeviceRefusal?
    }

    /// Hands over what is a location; what is refused is counted and logged, without its place.
    ///
    /// - Parameters:
    ///   - fixes: the fixes, in the order of sending.
    ///   - malformed: how many elements of the message cannot be a fix.
    ///   - device: whose they are.
    ///   - moment: when they came.
    ///   - request: the request.
    /// - Returns: what became of the fixes.
    /// - Throws: `LocationQueueError`; then the phone has to send all of it again.
    @discardableResult
    func take(
        _ fixes: [PhoneFix],
        malformed: Int = 0,
        of device: KnownDevice,
        at moment: Timestamp,
        from request: Request
    ) async throws -> Outcome {
        var outcome = Outcome()
        var reports: [LocationReport] = []
        reports.reserveCapacity(fixes.count)
        var refusals: [DeviceRefusal: Int] = malformed > 0 ? [.malformed: malformed] : [:]
        for fix in fixes {
            guard let fix = lastFixes.place(fix, of: device) else { continue }
            do throws(DeviceRefusal) {
                reports.append(try fix.report(of: device.personID, device: device.number, now: moment))
            } catch {
                refusals[error, default: 0] += 1
                outcome.refusal = error
            }
        }
        if malformed > 0 { outcome.refusal = outcome.refusal ?? .malformed }
        sightings.note(
            device.id,
            at: moment,
            fixTime: Self.latestTime(of: fixes, now: moment),
            refusal: outcome.refusal
        )
        for (refusal, count) in refusals {
            intake.reject(count)
            request.logger.info(
                "Rejected invalid locations from a phone",
                [.reason: .string(refusal.rawValue), .count: .integer(count)]
            )
        }
        outcome.taken = reports.count
        guard !reports.isEmpty else { return outcome }
        _ = try await intake.take(reports, at: moment, trace: request.trace)
        lastFixes.note(reports)
        return outcome
    }

    /// The latest time that the device's clock told, also if it is ahead; `nil` if no time tells anything about the clock.
    private static func latestTime(of fixes: [PhoneFix], now: Timestamp) -> Timestamp? {
        fixes.lazy.compactMap { fix -> Timestamp? in
            guard fix.isTimed, let time = fix.time else { return nil }
            do throws(DeviceRefusal) {
                return try PhoneTime.mended(time, mayCountFrom2001: fix.mayCountFrom2001, now: now)
            } catch {
                return error == .inFuture ? time : nil
            }
        }.max()
    }
}
