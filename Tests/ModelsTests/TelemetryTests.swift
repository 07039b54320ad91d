import Models
import Testing

@Suite struct TelemetryTests {
    @Test(
        arguments: [
            (.altitude, 35, 35), (.altitude, -430.4, -430), (.altitude, 8_848.86, 8_849), (.altitude, 32_000, 32_000),
            (.altitude, 32_000.1, nil), (.altitude, -12_001, nil), (.altitude, .nan, nil), (.altitude, -0.2, 0),
            (.speed, 0, 0), (.speed, 1.25, 1.3), (.speed, 3_000, 3_000), (.speed, -1, nil), (.speed, 3_001, nil),
            (.course, 270, 270), (.course, 359.6, 0), (.course, 360, 0), (.course, -1, nil), (.course, 361, nil),
            (.battery, 87, 87), (.battery, 99.5, 100), (.battery, 0, 0), (.battery, -1, nil), (.battery, 101, nil),
        ] as [(Telemetry.Quantity, Double, Double?)]
    )
    func storesValuesInRange(quantity: Telemetry.Quantity, told: Double, kept: Double?) {
        var telemetry = Telemetry()
        telemetry[quantity] = told
        #expect(telemetry[quantity] == kept)
        #expect(telemetry.isEmpty == (kept == nil))
        for other in Telemetry.Quantity.allCases where other != quantity { #expect(telemetry[other] == nil) }
        var restored = Telemetry()
        restored[stored: quantity] = telemetry[stored: quantity]
        #expect(restored == telemetry)
        #expect(quantity.range.contains(told) == (kept != nil))
    }

    @Test func clearsAQuantity() {
        var telemetry = Telemetry(altitude: 1, speed: 2, course: 3, battery: 4)
        #expect(!telemetry.isEmpty)
        for quantity in Telemetry.Quantity.allCases { telemetry[quantity] = nil }
        #expect(telemetry == Telemetry())
    }
}
