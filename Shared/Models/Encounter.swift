package import Geospatial

/// Two different persons, whichever was named first.
package struct PersonPair: Hashable, Comparable, Sendable {
    /// The one with the lower number.
    package let first: PersonID
    /// The one with the higher number.
    package let second: PersonID

    /// Takes two persons in any order; `nil` if they are one and the same.
    package init?(_ one: PersonID, _ other: PersonID) {
        guard one != other else { return nil }
        first = min(one, other)
        second = max(one, other)
    }

    /// The one who is not the given one.
    package func other(than person: PersonID) -> PersonID {
        first == person ? second : first
    }

    package static func < (left: PersonPair, right: PersonPair) -> Bool {
        (left.first, left.second) < (right.first, right.second)
    }
}

/// One meeting of two persons.
///
/// It follows from the stored locations and a rule alone: neither the order nor the number of times in which they came
/// shows in it.
package struct Encounter: Hashable, Sendable {
    /// Who met.
    package let persons: PersonPair
    /// When the later of the two was first seen near the other.
    package let start: Timestamp
    /// When the earlier of the two was last seen near the other; never before the start.
    package let end: Timestamp
    /// The times of the earlier location in the first and in the last pair of locations that vouch for the meeting.
    package let pairStarts: ClosedRange<Timestamp>
    /// The least distance between two locations that vouch for it, in metres.
    package let closestDistance: Double
    /// How many pairs of locations vouch for it.
    package let samples: Int
    /// The mean of the points half-way between the two.
    package let place: Coordinate
    /// How sure it is that they were as close as was asked for, from 0 to 1: as far as distances and accuracies tell.
    package let certainty: Double
    /// How much the meeting matters, in seconds: how long they were seen together, weighed by the certainty.
    package let significance: Double

    /// Joins what is known of a meeting.
    package init(
        persons: PersonPair,
        start: Timestamp,
        end: Timestamp,
        pairStarts: ClosedRange<Timestamp>,
        closestDistance: Double,
        samples: Int,
        place: Coordinate,
        certainty: Double,
        significance: Double
    ) {
        self.persons = persons
        self.start = start
        self.end = end
        self.pairStarts = pairStarts
        self.closestDistance = closestDistance
        self.samples = samples
        self.place = place
        self.certainty = certainty
        self.significance = significance
    }

    /// How long it lasted, in microseconds; 0 if one location alone shows that somebody was there.
    package var duration: Int64 { end.microseconds - start.microseconds }

    /// Where it stands among the meetings of one of the two.
    package func rank(for person: PersonID) -> EncounterRank {
        EncounterRank(significance: significance, start: start, other: persons.other(than: person))
    }
}

/// The place of a meeting in a person's list: the most significant first, then by time, then by the other person.
///
/// No two meetings of a person have the same, so that a page can start behind one whatever has been added meanwhile.
package struct EncounterRank: Hashable, Comparable, Sendable {
    /// How much the meeting matters, in seconds.
    package let significance: Double
    /// When it began.
    package let start: Timestamp
    /// Who was met.
    package let other: PersonID

    /// Joins the three.
    package init(significance: Double, start: Timestamp, other: PersonID) {
        self.significance = significance
        self.start = start
        self.other = other
    }

    package static func < (left: EncounterRank, right: EncounterRank) -> Bool {
        (-left.significance, left.start, left.other) < (-right.significance, right.start, right.other)
    }
}
