import Synchronization

/// Ids of requests.
enum RequestID {
    private static let counter = Atomic<UInt64>(0)
    private static let process = hexadecimal(UInt64.random(in: 0...(.max)))

    /// A unique id: 16 digits for the process and 8 or more of a counter.
    static func next() -> String {
        let count = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return process + hexadecimal(count).suffix(max(8, 16 - count.leadingZeroBitCount / 4))
    }

    /// Accepts an id that is safe in a log line and a header: at most 128 letters, digits and `-_.:/+=`.
    static func accept(_ text: String?) -> String? {
        guard let text, (1...128).contains(text.utf8.count) else { return nil }
        let isSane = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_.:/+=".utf8.contains(byte)
            }
        }
        return isSane ? text : nil
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> (60 - 4 * UInt64(index))) & 15
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 16
        }
    }
}
