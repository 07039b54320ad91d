package import Models

/// Makes meetings of the co-presences of two persons, taken in the order of their starts.
///
/// Pure: the answer follows from the co-presences alone. Those with the same start may come in any order, and swapping the
/// two persons changes nothing.
///
/// * A meeting begins with the first moment in which a pair *enters*, that is comes within the radius. What was farther
///   before that is left out, and does not bridge a gap to it either: until somebody comes close there is nothing to bridge.
/// * Each further co-presence up to the leaving radius belongs to it, if it starts at most the gap behind the latest
///   location so far. Being seen far apart does not end a meeting; not being seen together for longer than the gap does.
/// * It lasts from the moment when the *later* of the two was first seen there to that when the *earlier* one was last seen.
///   Whoever has been sitting at a table for hours has not met a passer-by from a minute before until a minute after, though
///   all locations of that time are within reach in time. One location of one of the two alone lasts no time.
/// * Significance is the time that they were seen together, one second more, since a reading stands for its second and
///   fleeting meetings differ, times the mean certainty. Gaps count as far as a pair of locations may lie apart.
///
/// O(1) a co-presence, and of constant size.
package struct EncounterFold: Sendable {
    private let persons: PersonPair
    private let rule: EncounterRule
    /// The meeting that may still go on.
    private(set) var ongoing: OpenMeeting?

    /// Starts with no meeting.
    package init(of persons: PersonPair, rule: EncounterRule) {
        self.persons = persons
        self.rule = rule
    }

    init(of persons: PersonPair, rule: EncounterRule, resuming ongoing: OpenMeeting?) {
        self.persons = persons
        self.rule = rule
        self.ongoing = ongoing
    }

    /// Takes the next co-presence, which must not start before the one before it.
    ///
    /// - Parameter pair: a co-presence of the two; what lies beyond the leaving radius or is too far apart in time is not one.
    /// - Returns: the meeting that is over with this, if there is one.
    package mutating func add(_ pair: CoPresence) -> Encounter? {
        guard rule.isAccurate(pair), rule.isPlausible(pair) else { return nil }
        if ongoing?.continues(at: pair.start.microseconds, gap: rule.gap.microseconds) == true {
            ongoing?.add(pair, rule: rule)
            return nil
        }
        let finished = finish()
        ongoing = OpenMeeting(pair, rule: rule)
        return finished
    }

    /// Ends with no more co-presences to come.
    ///
    /// - Returns: the last meeting, if there is one.
    package mutating func finish() -> Encounter? {
        defer { ongoing = nil }
        return ongoing?.encounter(of: persons)
    }
}
