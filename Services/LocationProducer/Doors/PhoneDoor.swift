import Credentials
import HTTPServer
import JSON
import LocationQueue
import Models
import Observability
import Persistence

/// What the doors for phone apps have in common: finding out whose a phone is, and handing over what it reports.
struct PhoneDoor<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
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

    /// Why a phone is not let in.
    enum Refusal: Error {
        /// It does not say who it is.
        case unnamed
        /// Nobody has registered it.
        case unknown
        /// It has shown a token that is not its own, or none where one is required.
        case unproven
    }

    /// The device of a name that a phone gives.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - token: what the phone shows; `nil` or empty if it shows nothing.
    ///   - carriesTokens: whether the protocol has a place for a token.
    /// - Returns: the device.
    /// - Throws: ``Refusal``, or what keeps devices from being looked up.
    func device(named name: String?, showing token: String?, carriesTokens: Bool = true) async throws -> KnownDevice {
        guard let name, !name.isEmpty else { throw Refusal.unnamed }
        guard let id = DeviceID(name), let device = try await devices.device(id) else { throw Refusal.unknown }
        if let token, !token.isEmpty {
            guard DeviceToken(token).digest.matches(device.digest) else { throw Refusal.unproven }
        } else if requiresTokens && carriesTokens {
            throw Refusal.unproven
        }
        return device
    }

    /// Hands over what is a location; what is none is counted and logged, without its place.
    ///
    /// - Returns: how many were locations.
    /// - Throws: `LocationQueueError`; then the phone has to send all of it again.
    @discardableResult
    func take(
        _ fixes: [PhoneFix],
        of device: KnownDevice,
        at moment: Timestamp,
        from request: Request
    ) async throws -> Int {
        var reports: [LocationReport] = []
        reports.reserveCapacity(fixes.count)
        var refusals: [PhoneFix.Refusal: Int] = [:]
        for fix in fixes {
            do throws(PhoneFix.Refusal) {
                reports.append(try fix.report(of: device.personID, device: device.number, now: moment))
            } catch {
                refusals[error, default: 0] += 1
            }
        }
        for (refusal, count) in refusals {
            intake.reject(count)
            request.logger.info(
                "A phone's locations are none",
                [.reason: .string(refusal.rawValue), .count: .integer(count)]
            )
        }
        if !reports.isEmpty { _ = try await intake.take(reports, at: moment, trace: request.trace) }
        return reports.count
    }
}
