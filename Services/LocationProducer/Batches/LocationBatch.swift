import HTTPServer
import JSON
import LocationProtocol
import Models
import RESTContract

/// Items of a batch that are read and not yet told of: of an array all of them, of lines a piece.
struct LocationBatch {
    /// The most bytes of an array, or of lines that do not say so, unfolded.
    static let maximumBytes = 10 << 20
    /// The most items of an array, and of a piece of lines.
    static let maximumCount = 10_000

    /// About the fewest bytes that an item takes as phones write it.
    private static let usualBytes = 80

    /// 413: there are more items.
    static let tooMany = Problem(.contentTooLarge, "A batch has at most \(maximumCount) locations; send several.")

    /// The valid items in their order, as the queue takes them.
    private(set) var messages: [LocationMessage] = []
    /// The others.
    private(set) var rejections: [BatchVerdicts.Rejection] = []
    /// The place of the next item among all items.
    private(set) var nextIndex: Int

    /// Makes a batch without items.
    ///
    /// - Parameter nextIndex: how many items came before.
    init(nextIndex: Int = 0) {
        self.nextIndex = nextIndex
    }

    /// Reads an array.
    ///
    /// What is wrong with an item is its verdict; an array that is not JSON, or has too many items, is refused whole.
    init(array bytes: [UInt8], now: Timestamp) throws {
        self.init()
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .array else {
            throw FieldErrors("", "Invalid input type: expected an array of locations, or a location a line.")
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

    /// How many items there are.
    var count: Int { messages.count + rejections.count }
    /// Whether there are as many as may be.
    var isFull: Bool { count >= Self.maximumCount }

    /// Makes room for the items of so many bytes of text, the first ones, so that they are not moved time and again.
    mutating func reserve(bytes: Int) {
        if messages.isEmpty { messages.reserveCapacity(min(bytes / Self.usualBytes, Self.maximumCount)) }
    }

    /// Adds a valid item that came at a moment.
    mutating func add(_ report: LocationReport, at moment: Timestamp) {
        messages.append(LocationMessage(report: report, receivedAt: moment))
        nextIndex += 1
    }

    /// Makes the valid items of persons who do not exist items that are not valid; returns how many there were.
    mutating func reject(_ unknown: Set<PersonID>) -> Int {
        let before = rejections
        var others = before[...]
        var index = nextIndex - count
        var kept: [LocationMessage] = []
        rejections = []
        for message in messages {
            while let other = others.first, other.index == index {
                rejections.append(other)
                others.removeFirst()
                index += 1
            }
            if unknown.contains(message.report.personID) {
                let errors = FieldErrors.unknownPerson.entries
                rejections.append(BatchVerdicts.Rejection(index: index, errors: errors))
            } else {
                kept.append(message)
            }
            index += 1
        }
        rejections += others
        messages = kept
        return rejections.count - before.count
    }

    /// Adds an item that is not valid.
    mutating func reject(_ errors: FieldErrors) {
        rejections.append(BatchVerdicts.Rejection(index: nextIndex, errors: errors.entries))
        nextIndex += 1
    }
}
