import LocationProtocol
import Models

/// The place of an element in a file.
struct ElementPlace: Equatable {
    /// Its number, counted from 1, or the number of the line.
    let number: Int
    /// The offset of its first byte, after decompression.
    let offset: Int
}

/// The results of the readers that the import has not processed yet.
struct ImportYield {
    /// The earliest plausible time; an unset clock states 1970 or 1980.
    private static let earliest = Timestamp(microseconds: 631_152_000 * 1_000_000)

    /// The person of the locations.
    let person: PersonID
    /// The current time.
    let now: Timestamp
    /// The recognised format of the file.
    var format: LocationImport.Format?
    /// The valid locations.
    private(set) var messages: [LocationMessage] = []
    /// The number of rejected elements.
    private(set) var rejected = 0
    /// The number of elements without information about the person's place.
    private(set) var skipped = 0
    /// The first rejections of the whole file.
    private(set) var issues: [LocationImport.Issue] = []

    init(person: PersonID, now: Timestamp) {
        self.person = person
        self.now = now
    }

    /// Adds a fix, or rejects an invalid one.
    mutating func add(_ fix: PhoneFix, at place: ElementPlace) {
        do throws(ImportRefusal) {
            messages.append(LocationMessage(report: try report(fix), receivedAt: now))
        } catch {
            reject(error, at: place)
        }
    }

    /// Rejects an element.
    mutating func reject(_ refusal: ImportRefusal, at place: ElementPlace) {
        rejected += 1
        guard issues.count < LocationImport.maximumIssues else { return }
        issues.append(
            LocationImport.Issue(element: place.number, offset: place.offset, detail: refusal.detail)
        )
    }

    /// Skips an element without information about the person's place.
    mutating func skip() {
        skipped += 1
    }

    /// Takes the locations for the queue.
    mutating func takeBatch() -> [LocationMessage] {
        guard messages.count > LocationBatch.maximumCount else {
            defer { messages.removeAll(keepingCapacity: true) }
            return messages
        }
        defer { messages.removeFirst(LocationBatch.maximumCount) }
        return Array(messages.prefix(LocationBatch.maximumCount))
    }

    private func report(_ fix: PhoneFix) throws(ImportRefusal) -> LocationReport {
        guard let time = fix.time, fix.isTimed else { throw fix.latitude == nil ? .noPlace : .noTime }
        guard time >= Self.earliest else { throw .clockNotSet }
        guard time.microseconds <= now.microseconds + LocationReport.clockTolerance else { throw .inFuture }
        do throws(DeviceRefusal) {
            return try fix.report(of: person, device: .imported, at: time)
        } catch {
            throw error == .notOnEarth ? .notOnEarth : .noPlace
        }
    }
}
