import JSON
import Models

/// GeoJSON and Google's files, recognised by the members of the document.
struct JSONDocument: DocumentReader {
    /// The form of the elements in each array of a document.
    private static let arrays: [String: ElementForm] = [
        "features": .feature, "locations": .record, "timelineObjects": .semantic, "semanticSegments": .segment,
        "rawSignals": .signal,
    ]
    /// The members of a document that is a single feature or geometry.
    private static let parts: Set<String> = ["type", "geometry", "properties", "coordinates"]

    private enum ElementForm {
        case feature
        case record
        case semantic
        case segment
        case signal

        var format: LocationImport.Format { self == .feature ? .geojson : .google }
    }

    private let expected: LocationImport.Format?
    private var scanner = JSONElementScanner(maximumElement: DocumentBounds.element)
    private var number = 0
    /// The form of the elements of the array that is being read.
    private var form: ElementForm?
    /// A document that is a single feature: the parts collected so far.
    private var feature: [UInt8] = []
    private var isFeatureTooLong = false
    private var hasGeometry = false

    init(expected: LocationImport.Format?) {
        self.expected = expected
    }

    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        var position = 0
        var format = yield.format
        var (form, number) = (form, number)
        defer { (self.form, self.number) = (form, number) }
        do throws(JSONError) {
            while let element = try scanner.next(
                in: piece,
                from: &position,
                choose: { member, _ in
                    form = Self.arrays[member]
                    guard let form else { return Self.parts.contains(member) ? .take : .skip }
                    format = form.format
                    return .enter
                },
                orRead: { text, range, offset in
                    guard form == .record, let record = HistoryRecord.readPlain(text, in: &range) else { return }
                    number += 1
                    let place = ElementPlace(number: number, offset: offset)
                    yield.add(TakeoutRecord.fix(of: record), at: place)
                }
            ) {
                if let member = element.member, Self.arrays[member] == nil {
                    keep(element, of: member)
                } else {
                    number += 1
                    let place = ElementPlace(number: number, offset: element.offset)
                    guard !element.isTooLong else {
                        yield.reject(.tooLong(limit: DocumentBounds.element), at: place)
                        continue
                    }
                    readElement(element.text, in: element.range, of: element.member, at: place, into: &yield)
                }
            }
        } catch {
            yield.format = yield.format ?? format
            throw .malformed("The file is \(error).")
        }
        yield.format = yield.format ?? format
        try checkFormat(yield)
    }

    mutating func finish(into yield: inout ImportYield) throws(ImportFailure) {
        if number == 0, hasGeometry {
            number = 1
            let place = ElementPlace(number: 1, offset: 0)
            let text = Array("{".utf8) + feature + Array("}".utf8)
            if isFeatureTooLong {
                yield.reject(.tooLong(limit: DocumentBounds.element), at: place)
            } else {
                readElement(text, in: text.indices, of: "features", at: place, into: &yield)
            }
        }
        do throws(JSONError) {
            try scanner.finish()
        } catch {
            throw .malformed("The file is \(error).")
        }
        try checkFormat(yield)
        guard yield.format != nil else {
            throw .unknownFormat("The file is JSON, but neither GeoJSON nor one of Google's location histories.")
        }
    }

    private func checkFormat(_ yield: ImportYield) throws(ImportFailure) {
        guard let expected, let format = yield.format, format != expected else { return }
        throw .malformed("The file is of the format \(format.rawValue), and not of the one that was named.")
    }

    /// Collects a part of a document that is a single feature.
    private mutating func keep(_ element: JSONElementScanner.Element, of member: String) {
        hasGeometry = hasGeometry || member == "geometry" || member == "coordinates"
        isFeatureTooLong =
            isFeatureTooLong || element.isTooLong || feature.count + element.range.count > DocumentBounds.element
        guard !isFeatureTooLong else {
            feature = []
            return
        }
        if !feature.isEmpty { feature.append(UInt8(ascii: ",")) }
        feature += "\"\(member)\":".utf8
        feature += element.text[element.range]
    }

    /// Parses an element.
    ///
    /// Rejects a malformed one and continues with the rest of the file.
    private func readElement(
        _ text: [UInt8],
        in range: Range<Int>,
        of member: String?,
        at place: ElementPlace,
        into yield: inout ImportYield
    ) {
        var reader = JSONReader(text, in: range)
        do throws(JSONError) {
            guard try reader.peekKind() == .object else {
                return yield.reject(.unexpected("Expected an object."), at: place)
            }
            var form = member.flatMap { Self.arrays[$0] }
            if form == nil { form = try Self.form(ofElement: reader) }
            guard let form else { return yield.skip() }
            yield.format = form.format
            let fixes: [PhoneFix]
            switch form {
            case .feature: fixes = try GeoJSONFeature(from: &reader).fixes
            case .record: fixes = try TakeoutRecord(from: &reader).fixes
            case .semantic: fixes = try SemanticObject(from: &reader).fixes
            case .segment: fixes = try TimelineSegment(from: &reader).fixes
            case .signal: fixes = try RawSignal(from: &reader).fixes
            }
            try reader.finish()
            if fixes.isEmpty { yield.skip() }
            for fix in fixes { yield.add(fix, at: place) }
        } catch {
            let error = JSONError(error.code, offset: place.offset + error.offset - range.lowerBound)
            yield.reject(.unexpected("The element is \(error)."), at: place)
        }
    }

    /// The form of the elements in a document that is an array.
    private static func form(ofElement reader: JSONReader) throws(JSONError) -> ElementForm? {
        var reader = reader
        var form: ElementForm?
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "geometry": form = .feature
            case "latitudeE7": form = .record
            case "placeVisit", "activitySegment": form = .semantic
            case "startTime", "endTime": form = .segment
            case "position": form = .signal
            default: break
            }
            try reader.skipValue()
        }
        return form
    }
}
