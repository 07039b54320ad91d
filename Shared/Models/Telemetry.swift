/// What a phone tells beside where it is and when: how high, how fast, which way, and how full its battery is.
///
/// Each is kept as finely as a phone can tell it, in whole metres, tenths of a metre per second, whole degrees and percent:
/// 7 bytes, all absent included. Nothing is decided by them.
package struct Telemetry: Hashable, Sendable {
    /// One of the four.
    package enum Quantity: String, CaseIterable, Sendable {
        /// As the phone has it: above the ellipsoid (Android) or the sea (iOS), in metres.
        case altitude
        /// Over ground, in metres per second.
        case speed
        /// Over ground, in degrees clockwise from true north.
        case course
        /// Charge in percent.
        case battery

        /// What can be told at all: the deepest mine is above the least altitude, and no aeroplane is faster.
        package var range: ClosedRange<Double> {
            switch self {
            case .altitude: -12_000...32_000
            case .speed: 0...3_000
            case .course: 0...360
            case .battery: 0...100
            }
        }

        /// What a valid value is, for error messages.
        package var expectation: String {
            switch self {
            case .altitude: "a number of metres from -12000 to 32000"
            case .speed: "a number of metres per second from 0 to 3000"
            case .course: "a number of degrees from 0 to 360"
            case .battery: "a number of percent from 0 to 100"
            }
        }

        /// How many stored units one unit is.
        private var scale: Double { self == .speed ? 10 : 1 }

        /// The nearest value that can be kept; `nil` if it is out of range or no number.
        fileprivate func stored(_ value: Double) -> Int16? {
            guard range.contains(value) else { return nil }
            let rounded = Int16((value * scale).rounded())
            return self == .course ? rounded % 360 : rounded
        }

        fileprivate func value(_ stored: Int16) -> Double {
            Double(stored) / scale
        }
    }

    /// Not told.
    private static let absent = Int16.min

    private var altitude = Self.absent
    private var speed = Self.absent
    private var course = Self.absent
    private var battery: Int8 = -1

    /// Nothing is told.
    package init() {}

    /// Takes what a phone tells; what is `nil`, out of range or no number counts as not told.
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

    /// Whether nothing is told.
    package var isEmpty: Bool { self == Telemetry() }

    /// A quantity in its unit; `nil` if it is not told.
    ///
    /// What is set is rounded to what is kept; what is out of range counts as not told.
    package subscript(_ quantity: Quantity) -> Double? {
        get { self[stored: quantity].map(quantity.value) }
        set { self[stored: quantity] = newValue.flatMap(quantity.stored) }
    }

    /// A quantity as it is kept in a row: tenths for a speed, whole units otherwise.
    ///
    /// What is set is not checked again.
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
