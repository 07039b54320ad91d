internal import CLocationProtocol
internal import Geospatial
package import Models

/// A message of the topic `location`: a phone's report, and the time at which the producer received it.
///
/// The wire form is `LocationRecord` in `location.proto`, about 30 bytes. Its first byte is always 08, the tag of its
/// first field, with which no JSON text begins; see ``DecodedLocation`` for the other form that consumers decode.
package struct LocationMessage: Hashable, Sendable {
    /// The report.
    package let report: LocationReport
    /// The time at which the producer received the report; `nil` if the message has none.
    package let receivedAt: Timestamp?
    /// Whether the queue gets an empty message in its place, which readers skip.
    ///
    /// The location then has a number, so that its answer does not differ from that of others.
    package var isWithheld = false

    package init(report: LocationReport, receivedAt: Timestamp?) {
        self.report = report
        self.receivedAt = receivedAt
    }

    /// The maximum number of bytes that ``encode(into:)`` appends: thirteen fields, each with a one-byte tag, and the
    /// longest varints.
    package static let maximumEncodedBytes = 13 + 10 + 4 + 4 + 8 + 8 + 5 * 4 + 1 + 2 + 1

    /// Appends the wire form: nothing if the message is withheld.
    ///
    /// O(1), without an allocation if `bytes` has the capacity.
    package func encode(into bytes: inout [UInt8]) {
        guard !isWithheld else { return }
        var record = Udaconnect__Location__V1__LocationRecord()
        udaconnect__location__v1__location_record__init(&record)
        record.person_id = Int64(report.personID.rawValue)
        record.latitude_e7 = report.coordinate.latitude.rawValue
        record.longitude_e7 = report.coordinate.longitude.rawValue
        record.time_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__TIME_TIME_US
        record.time_us = report.creationTime.microseconds
        // Zero means absent on the wire; no producer received anything in 1970.
        record.received_at_us = receivedAt?.microseconds ?? 0
        if let accuracy = report.accuracy {
            record.accuracy_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__ACCURACY_ACCURACY_M
            record.accuracy_m = Float(accuracy.metres)
        }
        if !report.telemetry.isEmpty { record.set(report.telemetry) }
        record.is_mock = report.isMock ? 1 : 0
        record.device = UInt32(report.device.rawValue)
        record.is_heartbeat = report.isHeartbeat ? 1 : 0
        bytes.append(addingCapacity: Self.maximumEncodedBytes) { span in
            // Safety: a record takes at most the added bytes, and all of them are written before they count.
            span.withUnsafeMutableBufferPointer { buffer, count in
                let start = buffer.baseAddress.map { $0 + count }
                count += udaconnect__location__v1__location_record__pack(&record, start)
            }
        }
    }
}

extension Udaconnect__Location__V1__LocationRecord {
    /// Sets the known quantities.
    mutating func set(_ telemetry: Telemetry) {
        if let altitude = telemetry[.altitude] {
            altitude_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__ALTITUDE_ALTITUDE_M
            altitude_m = Float(altitude)
        }
        if let speed = telemetry[.speed] {
            speed_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__SPEED_SPEED_MPS
            speed_mps = Float(speed)
        }
        if let course = telemetry[.course] {
            course_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__COURSE_COURSE_DEG
            course_deg = Float(course)
        }
        if let battery = telemetry[.battery] {
            battery_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__BATTERY_BATTERY_PERCENT
            battery_percent = Float(battery)
        }
    }

    /// Reads the telemetry; invalid values count as unknown.
    var telemetry: Telemetry {
        let hasAltitude = altitude_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__ALTITUDE_ALTITUDE_M
        let hasSpeed = speed_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__SPEED_SPEED_MPS
        let hasCourse = course_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__COURSE_COURSE_DEG
        let hasBattery = battery_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__BATTERY_BATTERY_PERCENT
        return Telemetry(
            altitude: hasAltitude ? Double(altitude_m) : nil,
            speed: hasSpeed ? Double(speed_mps) : nil,
            course: hasCourse ? Double(course_deg) : nil,
            battery: hasBattery ? Double(battery_percent) : nil
        )
    }
}
