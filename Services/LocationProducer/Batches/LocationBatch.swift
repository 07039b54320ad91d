import HTTPServer
import JSON
import LocationProtocol
import Models
import RESTContract

/// The items of a batch, or of a part of a batch of lines, before they are appended.
struct LocationBatch {
    /// The maximum size of an array, uncompressed.
    static let maximumBytes = 10 << 20
    /// The maximum number of items of an array, and of a part of lines.
    static let maximumCount = 10_000

    /// About the minimum size of an item in bytes.
    private static let usualBytes = 80

    /// 413: the batch has more items.
    static let tooMany = Problem(.contentTooLarge, "A batch has at most \(maximumCount) locations; send several.")

    /// The valid items in their order, as messages for the queue.
    private(set) var messages: [LocationMessage] = []
    /// The invalid items.
    private(set) var rejections: [BatchVerdicts.Rejection] = []
    /// The index of the next item.
    private(set) var nextIndex: Int
    /// The device that reported the items.
    private let device: DeviceNumber

    /// An empty batch.
    ///
    /// - Parameters:
    ///   - nextIndex: the number of earlier items.
    ///   - device: the device that reports the items; `.none` without one.
    init(nextIndex: Int = 0, of device: DeviceNumber = .none) {
        self.nextIndex = nextIndex
        self.device = device
    }

    /// Reads an array.
    ///
    /// Errors of an item become its verdict. A malformed array, or one with too many items, is rejected.
    init(array bytes: [UInt8], of device: DeviceNumber = .none, now: Timestamp) throws {
        self.init(of: device)
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .array else {
            throw FieldErrors("", "Invalid input type: expected an array of locations, or one location per line.")
        }
        try reader.beginArray()
        reserve(bytes: bytes.count)
        while try reader.nextElement() {
            guard !isFull else { throw Self.tooMany }
            do {
                add(try LocationReport(from: &reader, now: now), at: now)
            } catch let errors as FieldErrors {
                reject(errors)
            }
        }
        try reader.finish()
    }

    /// The number of items.
    var count: Int { messages.count + rejections.count }
    /// Whether the batch has the maximum number of items.
    var isFull: Bool { count >= Self.maximumCount }

    /// Reserves memory for the first `bytes` of text.
    mutating func reserve(bytes: Int) {
        if messages.isEmpty { messages.reserveCapacity(min(bytes / Self.usualBytes, Self.maximumCount)) }
    }

    /// Adds a valid item, received at `moment`.
    mutating func add(_ report: LocationReport, at moment: Timestamp) {
        var report = report
        report.device = device
        messages.append(LocationMessage(report: report, receivedAt: moment))
        nextIndex += 1
    }

    /// Rejects the items of some persons; returns how many of them were of unknown ones.
    mutating func reject(_ refusals: [PersonID: PersonRefusal]) -> Int {
        let before = rejections
        var others = before[...]
        var index = nextIndex - count
        var kept: [LocationMessage] = []
        var unknown = 0
        rejections = []
        for message in messages {
            while let other = others.first, other.index == index {
                rejections.append(other)
                others.removeFirst()
                index += 1
            }
            if let refusal = refusals[message.report.personID] {
                if refusal == .unknown { unknown += 1 }
                rejections.append(BatchVerdicts.Rejection(index: index, errors: refusal.errors.entries))
            } else {
                kept.append(message)
            }
            index += 1
        }
        rejections += others
        messages = kept
        return rejections.count - before.count
    }

    /// Adds an invalid item.
    mutating func reject(_ errors: FieldErrors) {
        rejections.append(BatchVerdicts.Rejection(index: nextIndex, errors: errors.entries))
        nextIndex += 1
    }
}
