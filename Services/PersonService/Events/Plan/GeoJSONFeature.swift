import JSON
import Models

/// A feature of a GeoJSON collection, as far as plans need it.
struct GeoJSONFeature {
    /// The member `id`, as text.
    var id: String?
    /// IMDF's `feature_type`.
    var type: String?
    /// The area; `nil` for another geometry, none, or an invalid one.
    var area: ZoneArea?
    /// The properties.
    var properties: [String: FeatureProperty] = [:]
    /// The JSON pointer of the feature in its file.
    let pointer: String

    /// Reads the features of a collection.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - prefix: precedes the pointers, such as the name of a file.
    ///   - maximum: the maximum number of features.
    ///   - requiresAreas: whether a feature without an area is an error.
    ///   - corners: the number of corners so far, in this file and others.
    ///   - errors: receives the problems of the content.
    /// - Returns: the features in their order.
    /// - Throws: `JSONError` if the text is not JSON of this form.
    static func collection(
        in bytes: [UInt8],
        prefix: String = "",
        upTo maximum: Int,
        requiresAreas: Bool,
        corners: inout Int,
        _ errors: inout ContentErrors
    ) throws(JSONError) -> [GeoJSONFeature] {
        var reader = JSONReader(bytes)
        var features: [GeoJSONFeature] = []
        var (isCollection, hasFeatures) = (false, false)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "type": isCollection = try reader.readString() == "FeatureCollection"
            case "features":
                hasFeatures = true
                try reader.beginArray()
                while try reader.nextElement() {
                    guard features.count < maximum else {
                        errors.add("\(prefix)/features", "Expected at most \(maximum) features.")
                        try reader.skipValue()
                        continue
                    }
                    let pointer = "\(prefix)/features/\(features.count)"
                    var geometry = GeoJSONArea(pointer: "\(pointer)/geometry", corners: corners)
                    features.append(
                        try Self(from: &reader, pointer: pointer, requiresArea: requiresAreas, &geometry, &errors)
                    )
                    corners = geometry.corners
                }
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        if !isCollection { errors.add("\(prefix)/type", "Expected the type FeatureCollection.") }
        if isCollection, !hasFeatures { errors.add("\(prefix)/features", "Expected an array of features.") }
        return features
    }

    private init(
        from reader: inout JSONReader,
        pointer: String,
        requiresArea: Bool,
        _ geometry: inout GeoJSONArea,
        _ errors: inout ContentErrors
    ) throws(JSONError) {
        self.pointer = pointer
        var hasGeometry = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.skipNull() { continue }
            switch key {
            case "id": id = try FeatureProperty(from: &reader).text
            case "feature_type": type = try reader.readString()
            case "geometry":
                hasGeometry = true
                var ignored = ContentErrors()
                area =
                    requiresArea
                    ? try geometry.read(&reader, &errors) : try geometry.read(&reader, &ignored)
            case "properties":
                try reader.beginObject()
                while let name = try reader.nextKey() { properties[name] = try FeatureProperty(from: &reader) }
            default: try reader.skipValue()
            }
        }
        if requiresArea, !hasGeometry { errors.add("\(pointer)/geometry", "Expected a geometry.") }
    }
}

/// A property of a feature.
enum FeatureProperty: Equatable {
    case text(String)
    case integer(Int)
    case texts([String])
    /// IMDF's labels: a text for each language.
    case labels([String: String])
    case null
    /// Any other value.
    case other

    /// Reads the next value.
    init(from reader: inout JSONReader) throws(JSONError) {
        switch try reader.peekKind() {
        case .string: self = .text(try reader.readString())
        case .null:
            try reader.readNull()
            self = .null
        case .number:
            let range = try reader.readNumber()
            self = Int(String(decoding: reader.bytes[range], as: UTF8.self)).map { .integer($0) } ?? .other
        case .boolean:
            try reader.skipValue()
            self = .other
        case .array:
            var (texts, hasOthers) = ([] as [String], false)
            try reader.beginArray()
            while try reader.nextElement() {
                if try reader.peekKind() == .string {
                    texts.append(try reader.readString())
                } else {
                    hasOthers = true
                    try reader.skipValue()
                }
            }
            self = hasOthers ? .other : .texts(texts)
        case .object:
            var (labels, hasOthers) = ([:] as [String: String], false)
            try reader.beginObject()
            while let language = try reader.nextKey() {
                if try reader.peekKind() == .string {
                    labels[language] = try reader.readString()
                } else {
                    hasOthers = true
                    try reader.skipValue()
                }
            }
            self = hasOthers ? .other : .labels(labels)
        }
    }

    /// A text, an integer as text, or the English label, else the first of the others.
    var text: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .labels(let labels): labels["en"] ?? labels.min { $0.key < $1.key }?.value
        case .texts, .null, .other: nil
        }
    }
}
