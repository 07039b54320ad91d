package import Geospatial
package import Models

/// A fix as a device reported it, in 24 bytes.
package struct Fix: Hashable, Sendable {
    /// Microseconds since 1970, by the device's clock.
    package let time: Int64
    /// The reported coordinate.
    package let coordinate: Coordinate
    /// The radius in metres that holds the true coordinate with a probability of 68 %; 0 if the device states none.
    package let accuracy: UInt16
    /// Properties that change the weight of the fix as evidence.
    package let marks: Marks

    /// Properties that change the weight of a fix as evidence.
    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An app faked the coordinate.
        package static let mock = Marks(rawValue: 1)
        /// The device states that it is still at its last fix: a ping, a heartbeat or an open visit.
        package static let presence = Marks(rawValue: 2)
        /// The device had no fix: it reported a negative accuracy.
        package static let noFix = Marks(rawValue: 4)
    }

    /// Creates a fix.
    package init(time: Int64, coordinate: Coordinate, accuracy: UInt16 = 0, marks: Marks = []) {
        self.time = time
        self.coordinate = coordinate
        self.accuracy = accuracy
        self.marks = marks
    }
}

extension Fix {
    /// The fix of a report.
    package init(_ report: LocationReport) {
        var marks: Marks = []
        if report.isMock { marks.insert(.mock) }
        if !report.isFix { marks.insert(.noFix) }
        if report.isHeartbeat { marks.insert(.presence) }
        self.init(
            time: report.creationTime.microseconds,
            coordinate: report.coordinate,
            accuracy: report.accuracy.map(\.metres) ?? 0,
            marks: marks
        )
    }
}

extension Fix: Comparable {
    /// Orders by time, then by all other members, so that a set of fixes has exactly one order.
    package static func < (left: Fix, right: Fix) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return left.tieBreak < right.tieBreak
    }

    private var tieBreak: (Int32, Int32, UInt16, UInt8) {
        (coordinate.latitude.rawValue, coordinate.longitude.rawValue, accuracy, marks.rawValue)
    }
}

/// A device of a person.
///
/// Device 0 stands for locations without a device.
package struct TrailKey: Hashable, Comparable, Sendable {
    /// The person's number.
    package let person: Int32
    /// The device's number, unique for the person.
    package let device: Int32

    /// Creates a key.
    package init(person: Int32, device: Int32 = 0) {
        self.person = person
        self.device = device
    }

    package static func < (left: TrailKey, right: TrailKey) -> Bool {
        (left.person, left.device) < (right.person, right.device)
    }
}
