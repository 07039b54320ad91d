import Geospatial
import JSON
import Models

/// A fix from a phone app, converted to the units of a location, but not validated.
struct PhoneFix: Equatable {
    /// Degrees, exactly as sent.
    var latitude: DegreesE7?
    var longitude: DegreesE7?
    /// The time in the message; see ``PhoneTime/mended(_:mayCountFrom2001:now:)``.
    var time: Timestamp?
    /// Whether the device stated the time; otherwise it is the time of arrival.
    var isTimed = true
    /// Whether the app may count seconds from 2001.
    var mayCountFrom2001 = false
    /// Metres; 0 if the phone states none, negative if it had no fix.
    var accuracy: Double?
    /// Metres.
    var altitude: Double?
    /// Metres per second; a negative value means unknown.
    var speed: Double?
    /// Degrees; a negative value means unknown.
    var course: Double?
    /// Percent; a negative value means unknown.
    var battery: Double?
    var isMock = false
    /// Whether this is a heartbeat: the device states that it is still at its last fix at ``time``.
    var isHeartbeat = false

    /// Whether this is a heartbeat without a place.
    var isPlaceless: Bool { isHeartbeat && latitude == nil && longitude == nil }

    /// The location that a person's device reports with this fix.
    ///
    /// Omits optional values that are out of range, because apps send −1 for unknown values.
    func report(of person: PersonID, device: DeviceNumber, now: Timestamp) throws(DeviceRefusal) -> LocationReport {
        guard latitude != nil, longitude != nil else { throw .noPlace }
        guard let time else { throw .noTime }
        let moment = try PhoneTime.mended(time, mayCountFrom2001: mayCountFrom2001, now: now)
        return try report(of: person, device: device, at: moment)
    }

    /// The location that a person's device reports with this fix, at a time that was validated.
    func report(of person: PersonID, device: DeviceNumber, at moment: Timestamp) throws(DeviceRefusal) -> LocationReport
    {
        guard let latitude, let longitude else { throw .noPlace }
        guard let coordinate = try? Coordinate(latitude: latitude, longitude: longitude) else { throw .notOnEarth }
        return LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: moment,
            accuracy: accuracy.flatMap(Self.knownAccuracy),
            isMock: isMock,
            isHeartbeat: isHeartbeat,
            telemetry: Telemetry(altitude: altitude, speed: speed, course: course, battery: battery),
            device: device
        )
    }

    /// The accuracy from a phone's number.
    ///
    /// Android states 0.0 without an accuracy (`Location.getAccuracy`); iOS states a negative value if the place itself is invalid
    /// (`CLLocation.horizontalAccuracy`). Such a fix is accepted, because the app would repeat a rejected one, and accepted
    /// locations are never lost.
    private static func knownAccuracy(_ metres: Double) -> Accuracy? {
        if metres < 0 { return .boundless }
        return metres == 0 ? nil : Accuracy(metres: metres)
    }
}

/// Numbers from phone apps, in JSON or as text.
enum PhoneNumber {
    /// An angle; `nil` if the text is not one.
    static func degrees(_ text: some Collection<UInt8>) -> DegreesE7? {
        try? DegreesE7(decimal: text)
    }

    /// A decimal number; `nil` if the text is not one.
    static func decimal(_ text: some Collection<UInt8>) -> Double? {
        Double(decimal: text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A time in seconds since 1970, possibly with a fraction; `nil` without a value, or far out of range.
    static func seconds(_ value: Double?) -> Timestamp? {
        guard let value, abs(value) < 1e12 else { return nil }
        return Timestamp(microseconds: Int64((value * 1_000_000).rounded()))
    }
}

extension JSONReader {
    /// The next value as a decimal number; `nil` for other values.
    mutating func readDecimalIfAny() throws(JSONError) -> Double? {
        try readNumberText().flatMap { PhoneNumber.decimal($0) }
    }

    /// The next value as an angle; `nil` for other values.
    mutating func readDegreesIfAny() throws(JSONError) -> DegreesE7? {
        try readNumberText().flatMap { PhoneNumber.degrees($0) }
    }

    /// The next value as text, also for numbers.
    ///
    /// Skips other values and returns `nil`.
    mutating func readTextIfAny() throws(JSONError) -> String? {
        try readNumberText().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `visit` with each key of the next value, and must read or skip the member.
    ///
    /// Skips values that are not objects.
    ///
    /// - Returns: whether the value is an object.
    @discardableResult
    mutating func readMembers(
        _ visit: (String, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) -> Bool {
        guard try peekKind() == .object else {
            try skipValue()
            return false
        }
        try beginObject()
        while let key = try nextKey() { try visit(key, &self) }
        return true
    }
}
