internal import Models

extension EventPlan {
    /// The number of zones that a reason names.
    private static let namedZones = 2

    /// The common sessions and zones as a phrase: "2 talks and Booth 12 together, 34 minutes near each other".
    ///
    /// Halls and buildings are mentioned only if there is nothing smaller.
    ///
    /// - Parameters:
    ///   - common: the common sessions and zones.
    ///   - nearSeconds: the expected time within meeting distance, in seconds.
    /// - Returns: the phrase, without a full stop.
    package func reason(for common: CoAttendance, nearSeconds: Double) -> String {
        var things: [String] = []
        switch common.sessions.count {
        case 0: break
        case 1: things.append("“\(sessions[common.sessions[0].index].title)”")
        default: things.append("\(common.sessions.count) talks")
        }
        let small = common.zones.filter { ![.hall, .building].contains(venue.zones[$0.index].kind) }
        let zones = small.isEmpty && things.isEmpty ? common.zones : small
        things += zones.prefix(Self.namedZones).map { venue.zones[$0.index].name }
        let others = zones.count - Self.namedZones
        if others > 0 { things.append(others == 1 ? "another place" : "\(others) other places") }
        let minutes = Int((nearSeconds / 60).rounded())
        let near = minutes > 0 ? "\(minutes) minute\(minutes == 1 ? "" : "s") near each other" : nil
        let together = Self.list(things).map { $0 + " together" }
        return [together, near].compactMap { $0 }.joined(separator: ", ")
    }

    private static func list(_ things: [String]) -> String? {
        guard let last = things.last else { return nil }
        return things.count == 1 ? last : things.dropLast().joined(separator: ", ") + " and " + last
    }
}
