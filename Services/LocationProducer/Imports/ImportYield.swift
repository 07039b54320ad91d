import LocationProtocol
import Models

/// Where an element stands in a file.
struct ElementPlace: Equatable {
    /// Its number, counted from 1; the line of a file of lines.
    let number: Int
    /// The offset of its first byte, after decompression.
    let offset: Int
}

/// What readers have found in a file and the import has not yet dealt with.
struct ImportYield {
    /// The earliest time that a receiver of that time can have recorded; an unset clock says 1970 or 1980.
    private static let earliest = Timestamp(microseconds: 631_152_000 * 1_000_000)

    /// Whose locations they are.
    let person: PersonID
    /// This machine's time.
    let now: Timestamp
    /// What the file turned out to be.
    var format: LocationImport.Format?
    /// The valid locations.
    private(set) var messages: [LocationMessage] = []
    /// How many were rejected.
    private(set) var rejected = 0
    /// How many elements say nothing about where the person was.
    private(set) var skipped = 0
    /// The first rejections of the whole file.
    private(set) var issues: [LocationImport.Issue] = []

    init(person: PersonID, now: Timestamp) {
        self.person = person
        self.now = now
    }

    /// Adds a fix, or rejects it.
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

    /// Passes over an element that says nothing about where the person was.
    mutating func skip() {
        skipped += 1
    }

    /// Takes out the locations that go to the queue at once.
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
