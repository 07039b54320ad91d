import Models
import Testing

@Suite struct DeviceNumberTests {
    @Test(arguments: [(1, 1), (255, 255), (0, nil), (256, nil), (-1, nil)] as [(Int, UInt8?)])
    func isFrom1To255(value: Int, number: UInt8?) {
        #expect(DeviceNumber(rawValue: value)?.rawValue == number)
    }

    @Test func addsNoSizeToALocation() {
        #expect(MemoryLayout<LocationReport>.size <= 32)
    }
}
