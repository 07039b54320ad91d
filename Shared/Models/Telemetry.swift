/// Measurements that a phone reports besides place and time: altitude, speed, course and battery.
///
/// Each is stored as precisely as phones measure it: in whole metres, tenths of a metre per second, whole degrees and
/// percent. The struct takes 7 bytes, and no other value depends on it.
package struct Telemetry: Hashable, Sendable {
    /// A measurement.
    package enum Quantity: String, CaseIterable, Sendable {
        /// Metres, as the phone reports it: above the ellipsoid (Android) or the sea (iOS).
        case altitude
        /// Speed over ground, in metres per second.
        case speed
        /// Course over ground, in degrees clockwise from true north.
        case course
        /// Charge in percent.
        case battery

        /// The valid values: the lowest altitude is below the deepest mine, and no aeroplane exceeds the speed.
        package var range: ClosedRange<Double> {
            switch self {
            case .altitude: -12_000...32_000
            case .speed: 0...3_000
            case .course: 0...360
            case .battery: 0...100
            }
        }

        /// The valid values, for error messages.
        package var expectation: String {
            switch self {
            case .altitude: "a number of metres from -12000 to 32000"
            case .speed: "a number of metres per second from 0 to 3000"
            case .course: "a number of degrees from 0 to 360"
            case .battery: "a number of percent from 0 to 100"
            }
        }

        /// Stored units per unit.
        private var scale: Double { self == .speed ? 10 : 1 }

        /// The nearest stored value; `nil` if it is out of range or not a number.
        fileprivate func stored(_ value: Double) -> Int16? {
            guard range.contains(value) else { return nil }
            let rounded = Int16((value * scale).rounded())
            return self == .course ? rounded % 360 : rounded
        }

        fileprivate func value(_ stored: Int16) -> Double {
            Double(stored) / scale
        }
    }

    /// The value of an unknown quantity.
    private static let absent = Int16.min

    private var altitude = Self.absent
    private var speed = Self.absent
    private var course = Self.absent
    private var battery: Int8 = -1

    /// Nothing is known.
    package init() {}

    /// Invalid values count as unknown.
    package init(
        altitude: Double? = nil,
        speed: Double? = nil,
        course: Double? = nil,
        battery: Double? = nil
    ) {
        self[.altitude] = altitude
        self[.speed] = speed
        self[.course] = course
        self[.battery] = battery
    }

    /// Whether no quantity is known.
    package var isEmpty: Bool { self == Telemetry() }

    /// A quantity in its unit; `nil` if unknown.
    ///
    /// The setter rounds to the stored precision; invalid values count as unknown.
    package subscript(_ quantity: Quantity) -> Double? {
        get { self[stored: quantity].map(quantity.value) }
        set { self[stored: quantity] = newValue.flatMap(quantity.stored) }
    }

    /// A quantity as a row stores it: speed in tenths, the others in whole units.
    ///
    /// The setter does not check the value.
    package subscript(stored quantity: Quantity) -> Int16? {
        get {
            switch quantity {
            case .altitude: altitude == Self.absent ? nil : altitude
            case .speed: speed == Self.absent ? nil : speed
            case .course: course == Self.absent ? nil : course
            case .battery: battery < 0 ? nil : Int16(battery)
            }
        }
        set {
            switch quantity {
            case .altitude: altitude = newValue ?? Self.absent
            case .speed: speed = newValue ?? Self.absent
            case .course: course = newValue ?? Self.absent
            case .battery: battery = newValue.map(Int8.init(clamping:)) ?? -1
            }
        }
    }
}
