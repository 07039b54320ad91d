import Geospatial

extension LocationReport {
    /// Checks the values of a protocol with typed numbers; errors use the REST API's field names.
    ///
    /// - Parameters:
    ///   - personID: the person's number.
    ///   - latitude: degrees; `nil` if missing.
    ///   - longitude: degrees; `nil` if missing.
    ///   - creationTime: the phone's time; `nil` stands for `now`.
    ///   - accuracy: metres; `nil` if unknown.
    ///   - telemetry: altitude, speed, course and battery.
    ///   - isMock: whether an app made the place up, as the phone reported.
    ///   - now: this machine's time.
    /// - Throws: ``FieldErrors`` with every problem at once.
    package init(
        personID: Int64,
        latitude: Double?,
        longitude: Double?,
        creationTime: Timestamp?,
        accuracy: Double?,
        telemetry: ToldQuantities = ToldQuantities(),
        isMock: Bool = false,
        now: Timestamp
    ) throws(FieldErrors) {
        let time = creationTime ?? now
        let radius = accuracy.flatMap { Accuracy(metres: $0) }
        guard let person = PersonID(rawValue: personID),
            let latitudeE7 = latitude.flatMap({ DegreesE7(degrees: $0) }),
            let longitudeE7 = longitude.flatMap({ DegreesE7(degrees: $0) }),
            let coordinate = try? Coordinate(latitude: latitudeE7, longitude: longitudeE7),
            Timestamp.supported.contains(time), time.microseconds <= now.microseconds + Self.clockTolerance,
            (radius == nil) == (accuracy == nil), telemetry.areValid
        else {
            var errors = Self.problems(personID, latitude, longitude, time, now: now)
            if accuracy != nil, radius == nil { errors.add("accuracy", "Must be \(Accuracy.expectation).") }
            for quantity in Telemetry.Quantity.allCases where !telemetry.isValid(quantity) {
                errors.add(quantity.rawValue, "Must be \(quantity.expectation).")
            }
            throw errors
        }
        self.init(
            personID: person,
            coordinate: coordinate,
            creationTime: time,
            accuracy: radius,
            isMock: isMock,
            telemetry: telemetry.telemetry
        )
    }

    /// Unchecked telemetry; `nil` for unknown quantities.
    package struct ToldQuantities: Hashable, Sendable {
        /// Metres.
        package var altitude: Double?
        /// Metres per second.
        package var speed: Double?
        /// Degrees.
        package var course: Double?
        /// Percent.
        package var battery: Double?

        /// Nothing is known.
        package init() {}

        fileprivate var telemetry: Telemetry {
            Telemetry(altitude: altitude, speed: speed, course: course, battery: battery)
        }

        fileprivate var areValid: Bool { Telemetry.Quantity.allCases.allSatisfy(isValid) }

        fileprivate func isValid(_ quantity: Telemetry.Quantity) -> Bool {
            let value =
                switch quantity {
                case .altitude: altitude
                case .speed: speed
                case .course: course
                case .battery: battery
                }
            return value.map { quantity.range.contains($0) } ?? true
        }
    }

    private static func problems(
        _ personID: Int64,
        _ latitude: Double?,
        _ longitude: Double?,
        _ time: Timestamp,
        now: Timestamp
    ) -> FieldErrors {
        var errors = FieldErrors()
        if personID == 0 {
            // Protocol Buffers do not distinguish zero from a missing number.
            errors.add("person_id", FieldErrors.missing)
        } else if PersonID(rawValue: personID) == nil {
            errors.add("person_id", "Must be \(PersonID.expectation).")
        }
        for (field, degrees, bound, expectation) in [
            ("latitude", latitude, 90.0, latitudeExpectation), ("longitude", longitude, 180.0, longitudeExpectation),
        ] {
            if let degrees {
                let isAngle = DegreesE7(degrees: degrees).map { $0.degrees.magnitude <= bound } ?? false
                if !isAngle { errors.add(field, expectation) }
            } else {
                errors.add(field, FieldErrors.missing)
            }
        }
        if !Timestamp.supported.contains(time) {
            errors.add("creation_time", "Not a valid datetime: must be of the years 1970 to 9999.")
        } else if time.microseconds > now.microseconds + clockTolerance {
            errors.add("creation_time", "Must not be more than 5 minutes in the future.")
        }
        return errors
    }
}
