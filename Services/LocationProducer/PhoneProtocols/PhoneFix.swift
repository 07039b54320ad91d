import Geospatial
import JSON
import Models

/// A place as a phone app tells it, in the units of a location; not checked yet.
struct PhoneFix: Equatable {
    /// Degrees, exactly as they were written.
    var latitude: DegreesE7?
    var longitude: DegreesE7?
    /// As the phone tells it; see ``PhoneTime/mended(_:mayCountFrom2001:now:)``.
    var time: Timestamp?
    /// Whether the time is the device's own; otherwise it is that of the message's arrival.
    var isTimed = true
    /// Whether the app may count seconds from 2001.
    var mayCountFrom2001 = false
    /// Metres; 0 if the phone does not know it, negative if it does not know the place either.
    var accuracy: Double?
    /// Metres.
    var altitude: Double?
    /// Metres per second; what is negative is not known.
    var speed: Double?
    /// Degrees; what is negative is not known.
    var course: Double?
    /// Percent; what is negative is not known.
    var battery: Double?
    var isMock = false
    /// Whether the device says at ``time`` that it is still where its last fix was, and measured nothing new.
    var isHeartbeat = false

    /// Whether the device says that it has not moved, and not where it is.
    var isPlaceless: Bool { isHeartbeat && latitude == nil && longitude == nil }

    /// The location that a person's device reports with it.
    ///
    /// What the place is known by besides is left out where it is out of range: apps write −1 for what they do not know.
    func report(of person: PersonID, device: DeviceNumber, now: Timestamp) throws(DeviceRefusal) -> LocationReport {
        guard latitude != nil, longitude != nil else { throw .noPlace }
        guard let time else { throw .noTime }
        let moment = try PhoneTime.mended(time, mayCountFrom2001: mayCountFrom2001, now: now)
        return try report(of: person, device: device, at: moment)
    }

    /// The location that a person's device reports with it, at a time that was checked.
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

    /// The accuracy that a phone's number stands for.
    ///
    /// Android says 0.0 where there is no accuracy (`Location.getAccuracy`), iOS something negative where the place
    /// itself is invalid (`CLLocation.horizontalAccuracy`). Such a fix is kept: the app would send a refused one again
    /// and again, and what was accepted is never lost.
    private static func knownAccuracy(_ metres: Double) -> Accuracy? {
        if metres < 0 { return .boundless }
        return metres == 0 ? nil : Accuracy(metres: metres)
    }
}

/// Numbers as phone apps write them: in JSON or as text.
enum PhoneNumber {
    /// An angle; `nil` if the text is none.
    static func degrees(_ text: some Collection<UInt8>) -> DegreesE7? {
        try? DegreesE7(decimal: text)
    }

    /// A decimal number; `nil` if the text is none.
    static func decimal(_ text: some Collection<UInt8>) -> Double? {
        Double(decimal: text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A moment in seconds since 1970, with or without a fraction; `nil` if there is none, or it is far out.
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

    /// The next value as text; numbers are text as well, anything else is skipped and `nil`.
    mutating func readTextIfAny() throws(JSONError) -> String? {
        try readNumberText().map { String(decoding: $0, as: UTF8.self) }
    }

    /// The next value if it is `true`; anything else is skipped and `false`.
    mutating func readFlag() throws(JSONError) -> Bool {
        guard try peekKind() == .boolean else {
            try skipValue()
            return false
        }
        return try readBoolean()
    }

    /// Calls `visit` with each key of the next value, which must read or skip the member; skips a value that is no object.
    ///
    /// - Returns: whether it is an object.
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
