package import Geospatial
package import JSON

/// What a phone reports: who was where at what time, how well it knows the place, and what it tells besides.
package struct LocationReport: Hashable, Sendable {
    /// Who.
    package let personID: PersonID
    /// Where.
    package let coordinate: Coordinate
    /// How far from there the person may have been; `nil` if the phone does not say.
    package let accuracy: Accuracy?
    /// What changes the meaning of the place.
    package let marks: Marks
    /// When, by the phone's clock.
    package let creationTime: Timestamp
    /// How high, how fast, which way.
    package let telemetry: Telemetry
    /// Which of the person's devices reported it; last, because there a byte of padding is free.
    package let device: DeviceNumber

    /// What changes the meaning of a place; both in one byte, as the index keeps them.
    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An app made the place up.
        package static let mock = Marks(rawValue: 1)
        /// The device says that it is still where its last fix was.
        package static let heartbeat = Marks(rawValue: 2)
    }

    /// Whether the phone says that the place was made up by an app, not measured.
    package var isMock: Bool { marks.contains(.mock) }

    /// Whether the device measured nothing new: it says at `creationTime` that it is still where its last fix was.
    package var isHeartbeat: Bool { marks.contains(.heartbeat) }

    /// Joins them.
    package init(
        personID: PersonID,
        coordinate: Coordinate,
        creationTime: Timestamp,
        accuracy: Accuracy? = nil,
        isMock: Bool = false,
        isHeartbeat: Bool = false,
        telemetry: Telemetry = Telemetry(),
        device: DeviceNumber = .none
    ) {
        self.personID = personID
        self.coordinate = coordinate
        self.accuracy = accuracy
        marks = (isMock ? Marks.mock : []).union(isHeartbeat ? .heartbeat : [])
        self.creationTime = creationTime
        self.telemetry = telemetry
        self.device = device
    }
}

/// A report that has its place in the queue, and with it its number.
package struct Location: Hashable, Sendable {
    /// The number.
    package let id: LocationID
    /// Who was where at what time.
    package let report: LocationReport

    /// Joins a number and a report.
    package init(id: LocationID, report: LocationReport) {
        self.id = id
        self.report = report
    }

    /// Writes `{"id", "person_id", "longitude", "latitude", "creation_time"}`, the angles as strings; the rest,
    /// `"accuracy"` in metres and so on, only if there is one, so that a plain location has the legacy API's shape.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id.rawValue)
        writer.member("person_id", report.personID.rawValue)
        writer.member("longitude", report.coordinate.longitude.description)
        writer.member("latitude", report.coordinate.latitude.description)
        writer.member("creation_time", report.creationTime.description)
        report.writeDetails(to: &writer)
        writer.endObject()
    }
}

extension LocationReport {
    /// Whether the device knew where it was.
    ///
    /// Phones without a fix report 0°, 0° or an accuracy without bound. A client without a device that names 0°, 0° means
    /// the place.
    package var isFix: Bool {
        accuracy != .boundless
            && (device == .none || coordinate.latitude.rawValue != 0 || coordinate.longitude.rawValue != 0)
    }

    /// Writes the members that a phone may give or not: `"accuracy"`, `"altitude"`, `"speed"`, `"course"`, `"battery"`,
    /// `"mock"`, `"heartbeat"` and `"device"`.
    package func writeDetails(to writer: inout JSONWriter) {
        if let accuracy { writer.member("accuracy", accuracy.metres) }
        for quantity in Telemetry.Quantity.allCases {
            guard let value = telemetry[quantity] else { continue }
            if let whole = Int(exactly: value) {
                writer.member(quantity.rawValue, whole)
            } else {
                writer.member(quantity.rawValue, value)
            }
        }
        if isMock { writer.member("mock", true) }
        if isHeartbeat { writer.member("heartbeat", true) }
        if device != .none { writer.member("device", device.rawValue) }
    }
}

/// A location of somebody else near one of one's own, and whose it is.
package struct Connection: Equatable, Sendable {
    /// The other person's location.
    package let location: Location
    /// The other person.
    package let person: Person

    /// Joins the two.
    package init(location: Location, person: Person) {
        self.location = location
        self.person = person
    }

    /// Writes `{"location", "person"}`.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("location")
        location.write(to: &writer)
        writer.key("person")
        person.write(to: &writer)
        writer.endObject()
    }
}
