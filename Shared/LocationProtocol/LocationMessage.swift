internal import CLocationProtocol
internal import Geospatial
package import Models

/// A message of the topic `location`: what a phone reported, and when that was taken.
///
/// The wire form is `LocationRecord` in `location.proto`, about 30 bytes. It always begins with 08, the tag of its first
/// field, which no JSON text begins with; see ``DecodedLocation`` for the other form that consumers understand.
package struct LocationMessage: Hashable, Sendable {
    /// Who was where at what time.
    package let report: LocationReport
    /// When the producer took it; `nil` if it does not say.
    package let receivedAt: Timestamp?

    /// Joins a report and the time at which it was taken.
    package init(report: LocationReport, receivedAt: Timestamp?) {
        self.report = report
        self.receivedAt = receivedAt
    }

    /// The most bytes that ``encode(into:)`` appends: thirteen fields, a byte of tag each, and the longest varints.
    package static let maximumEncodedBytes = 13 + 10 + 4 + 4 + 8 + 8 + 5 * 4 + 1 + 2 + 1

    /// Appends the wire form.
    ///
    /// O(1), without an allocation if `bytes` has the capacity.
    package func encode(into bytes: inout [UInt8]) {
        var record = Udaconnect__Location__V1__LocationRecord()
        udaconnect__location__v1__location_record__init(&record)
        record.person_id = Int64(report.personID.rawValue)
        record.latitude_e7 = report.coordinate.latitude.rawValue
        record.longitude_e7 = report.coordinate.longitude.rawValue
        record.time_case = UDACONNECT__LOCATION__V1__LOCATION_RECORD__TIME_TIME_US
        record.time_us = report.creationTime.microseconds
        // Zero stands for absence on the wire; no producer has taken anything in 1970.
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
            // Safety: a record takes no more than the bytes that are added, all of which are written before they count.
            span.withUnsafeMutableBufferPointer { buffer, count in
                let start = buffer.baseAddress.map { $0 + count }
                count += udaconnect__location__v1__location_record__pack(&record, start)
            }
        }
    }
}

extension Udaconnect__Location__V1__LocationRecord {
    /// Writes what a phone tells besides; what it does not is absent.
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

    /// Reads what a phone tells besides; what is out of range or no number counts as not told.
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
