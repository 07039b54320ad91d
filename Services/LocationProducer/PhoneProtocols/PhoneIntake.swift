import Credentials
import HTTPServer
import JSON
import Models
import Observability
import Persistence

/// What the phones' protocols have in common: identifying the device, and handing over what it reports.
struct PhoneIntake: Sendable {
    /// The way to the queue.
    let intake: LocationIntake
    /// The registered devices.
    let devices: DeviceDirectory
    /// Stores the transmitters that phones notice; `nil` if none are stored.
    var hints: HintKeeper?
    /// The recent meetings of the devices' owners.
    let recentMeetings: any RecentMeetingSource
    /// Whether a phone must send its token, if its protocol has one.
    let requiresTokens: Bool
    /// The admission control.
    let admission: Admission
    /// The last fixes of the devices.
    let lastFixes = LastFixes()
    /// The reports for the devices' owners.
    let sightings: DeviceSightings

    /// The reason for which a phone is rejected.
    enum Refusal: Error {
        /// The message does not identify the phone.
        case unnamed
        /// The device is not registered.
        case unknown
        /// The token is wrong, or missing although required.
        case unproven
    }

    /// The result of a message.
    struct Outcome: Equatable {
        /// The number of accepted fixes.
        var taken = 0
        /// The reason for the last rejected fix; `nil` if there is none.
        var refusal: DeviceRefusal?
    }

    /// Queues valid fixes.
    ///
    /// Counts and logs invalid ones, without coordinates.
    ///
    /// - Parameters:
    ///   - fixes: the fixes, in order of sending.
    ///   - malformed: the number of elements that cannot be a fix.
    ///   - device: the device.
    ///   - moment: the time of arrival.
    ///   - request: the request.
    /// - Returns: the result.
    /// - Throws: `LocationQueueError`; the phone must then repeat the whole message.
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
        guard try await !intake.withholds(device.personID, at: moment) else { return outcome }
        lastFixes.note(reports)
        return outcome
    }

    /// The latest time of the device's clock, possibly in the future; `nil` if no fix has a time of that clock.
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
