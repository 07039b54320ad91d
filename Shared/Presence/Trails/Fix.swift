package import Geospatial

/// What a device reported, without the words around it: 24 bytes.
package struct Fix: Hashable, Sendable {
    /// Microseconds since 1970, by the device's clock.
    package let time: Int64
    /// Where the device was.
    package let coordinate: Coordinate
    /// The radius in metres that holds the true place with a probability of 68 %; 0 if the device states none.
    package let accuracy: UInt16
    /// What else matters about it.
    package let marks: Marks

    /// Properties that change what a fix proves.
    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An app made the place up.
        package static let mock = Marks(rawValue: 1)
        /// The device says that it is still where its last fix was: a ping, a heartbeat, an open visit.
        package static let presence = Marks(rawValue: 2)
        /// The device had no fix: a negative accuracy.
        package static let noFix = Marks(rawValue: 4)
    }

    /// Joins what a device reported.
    package init(time: Int64, coordinate: Coordinate, accuracy: UInt16 = 0, marks: Marks = []) {
        self.time = time
        self.coordinate = coordinate
        self.accuracy = accuracy
        self.marks = marks
    }
}

extension Fix: Comparable {
    /// By time; fixes of one moment by everything else, so that a set of fixes has one order only.
    package static func < (left: Fix, right: Fix) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return left.tieBreak < right.tieBreak
    }

    private var tieBreak: (Int32, Int32, UInt16, UInt8) {
        (coordinate.latitude.rawValue, coordinate.longitude.rawValue, accuracy, marks.rawValue)
    }
}

/// A device of a person: 0 stands for locations that came without one.
package struct TrailKey: Hashable, Comparable, Sendable {
    /// The person's number.
    package let person: Int32
    /// The device's number, unique for the person.
    package let device: Int32

    /// Joins the two.
    package init(person: Int32, device: Int32 = 0) {
        self.person = person
        self.device = device
    }

    package static func < (left: TrailKey, right: TrailKey) -> Bool {
        (left.person, left.device) < (right.person, right.device)
    }
}
