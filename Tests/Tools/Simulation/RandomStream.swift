/// The independent streams of random numbers that one seed gives.
enum RandomStream {
    static let accuracyMap: UInt64 = 1 << 48

    /// The properties of the phone, and random events.
    static func phone(of owner: Int, device: Int) -> UInt64 {
        UInt64(owner) + 1 + UInt64(device) << 32
    }

    /// The traits of a phone, which do not change the phone's other numbers.
    static func traits(of owner: Int, device: Int) -> UInt64 {
        phone(of: owner, device: device) + 1 << 40
    }
}
