package import Geospatial
package import JSON

/// A fix and its person: where the person was at what time, how accurate the place is, and telemetry.
package struct LocationReport: Hashable, Sendable {
    /// The person.
    package let personID: PersonID
    /// The place.
    package let coordinate: Coordinate
    /// The accuracy; `nil` if the phone did not report one.
    package let accuracy: Accuracy?
    /// Flags that change the meaning of the place.
    package let marks: Marks
    /// The time of the fix, by the phone's clock.
    package let creationTime: Timestamp
    /// Altitude, speed, course and battery.
    package let telemetry: Telemetry
    /// The person's device that reported it.
    ///
    /// Last in the struct, where a byte of padding is free.
    package var device: DeviceNumber

    /// Flags that change the meaning of a place; one byte, as in the index.
    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An app made the place up.
        package static let mock = Marks(rawValue: 1)
        /// The device reported that it was still at its last fix.
        package static let heartbeat = Marks(rawValue: 2)
    }

    /// Whether an app made the place up, as the phone reported.
    package var isMock: Bool { marks.contains(.mock) }

    /// Whether the device measured nothing new: it reported at `creationTime` that it was still at its last fix.
    package var isHeartbeat: Bool { marks.contains(.heartbeat) }

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

/// A report with its number, which is its position in the queue.
package struct Location: Hashable, Sendable {
    /// The number.
    package let id: LocationID
    /// The report.
    package let report: LocationReport

    package init(id: LocationID, report: LocationReport) {
        self.id = id
        self.report = report
    }

    /// Writes `{"id", "person_id", "longitude", "latitude", "creation_time"}`, the angles as strings.
    ///
    /// Other members, such as `"accuracy"`, are written only if present, so that a plain location has the legacy API's form.
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.rawValue)
            writer.member("person_id", report.personID.rawValue)
            writer.member("longitude", report.coordinate.longitude.description)
            writer.member("latitude", report.coordinate.latitude.description)
            writer.member("creation_time", report.creationTime.description)
            report.writeDetails(to: &writer)
        }
    }
}

extension LocationReport {
    /// Whether the device knew its place.
    ///
    /// Phones without a fix report 0°, 0° or an unbounded accuracy. A client without a device means the place 0°, 0° if
    /// it reports it.
    package var isFix: Bool {
        accuracy != .boundless
            && (device == .none || coordinate.latitude.rawValue != 0 || coordinate.longitude.rawValue != 0)
    }

    /// Writes the optional members: `"accuracy"`, `"altitude"`, `"speed"`, `"course"`, `"battery"`, `"mock"`,
    /// `"heartbeat"` and `"device"`.
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

/// A location of another person near one of a person's own locations, and that other person.
package struct Connection: Equatable, Sendable {
    /// The other person's location.
    package let location: Location
    /// The other person.
    package let person: Person

    package init(location: Location, person: Person) {
        self.location = location
        self.person = person
    }

    /// Writes `{"location", "person"}`.
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("location")
            location.write(to: &writer)
            writer.key("person")
            person.write(to: &writer)
        }
    }
}
