import Models

/// The columns of a CSV file, by its header row.
///
/// Separators are commas, semicolons or tabs; fields may be quoted (RFC 4180).
///
/// A field cannot contain a line break. With semicolons or tabs, a comma is a decimal point.
struct CSVColumns {
    /// The meaning of a column: a name of ``PhoneFields``, or a part of a time.
    private enum Column: Equatable {
        case field(String)
        case date
        case clock
    }

    /// The meanings of the names in a header, in lower case without units.
    private static let meanings: [String: Column] = {
        var meanings: [String: Column] = [:]
        for (field, names) in [
            ("lat", ["lat", "latitude", "latdeg", "y"]),
            ("lon", ["lon", "lng", "long", "longitude", "londeg", "x"]),
            (
                "timestamp",
                [
                    "timestamp", "time", "datetime", "timeutc", "utctime", "utc", "isotime", "isotimestamp",
                    "creationtime",
                    "tst", "timestampms", "unixtime", "epoch",
                ]
            ),
            ("accuracy", ["accuracy", "acc", "horizontalaccuracy", "hacc", "gpsaccuracy", "accuracym", "radius"]),
            ("hdop", ["hdop"]),
            ("altitude", ["altitude", "alt", "ele", "elevation", "height", "altitudem"]),
            ("spd", ["speed", "spd", "velocity", "speedmps", "speedms", "vel"]),
            ("spd_kph", ["speedkmh", "speedkph", "kmh", "kph"]),
            ("course", ["course", "bearing", "heading", "direction", "dir", "cog"]),
            ("batt", ["battery", "batt", "batterylevel", "bat"]),
        ] {
            for name in names { meanings[name] = .field(field) }
        }
        meanings["date"] = .date
        meanings["day"] = .date
        meanings["clock"] = .clock
        return meanings
    }()

    private let separator: UInt8
    private let columns: [Column?]

    /// Parses a header row; `nil` if it lacks a place or a time.
    init?(header: ArraySlice<UInt8>) {
        let marks = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        let counts = marks.map { mark in header.count { $0 == mark } }
        guard let most = counts.indices.max(by: { counts[$0] < counts[$1] }), counts[most] >= 2,
            let names = Self.fields(of: header, separator: marks[most])
        else { return nil }
        separator = marks[most]
        var columns = names.map { Self.meanings[Self.plain($0)] }
        if columns.contains(.date) {
            // If there is a date column, the time column is the time of day.
            columns = columns.map { $0 == .field("timestamp") ? .clock : $0 }
        }
        guard columns.contains(.field("lat")), columns.contains(.field("lon")),
            columns.contains(.field("timestamp")) || columns.contains(.date)
        else { return nil }
        self.columns = columns
    }

    /// Parses a row.
    func read(_ row: ArraySlice<UInt8>, at place: ElementPlace, into yield: inout ImportYield) {
        guard let values = Self.fields(of: row, separator: separator) else {
            return yield.reject(.unexpected("Expected a closing quotation mark in the same line."), at: place)
        }
        var fields = PhoneFields()
        fields.isMetric = true
        var (date, clock) = ("", "")
        for (column, value) in zip(columns, values) {
            switch column {
            case .field("timestamp"): fields.set("timestamp", value)
            case .field(let name): fields.set(name, number(value))
            case .date: date = value
            case .clock: clock = value
            case nil: break
            }
        }
        if !date.isEmpty { fields.set("timestamp", clock.isEmpty ? "\(date)T00:00:00" : "\(date)T\(clock)") }
        // A fix without a time is rejected; the epoch stands for it.
        let fix = fields.fix(now: Timestamp(microseconds: 0)) ?? PhoneFix()
        yield.add(fix, at: place)
    }

    private func number(_ text: String) -> String {
        guard separator != UInt8(ascii: ","), text.utf8.contains(UInt8(ascii: ",")) else { return text }
        return String(decoding: text.utf8.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    }

    /// A column name in lower case, without its unit in brackets.
    private static func plain(_ name: String) -> String {
        let name = name.prefix { $0 != "(" && $0 != "[" }
        return String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    /// The unquoted fields of a line; `nil` if a quotation mark is not closed.
    private static func fields(of line: ArraySlice<UInt8>, separator: UInt8) -> [String]? {
        let quote = UInt8(ascii: "\"")
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var position = line.startIndex
        func end() {
            fields.append(String(decoding: field.drop { $0 == 0x20 }, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        while position < line.endIndex {
            let byte = line[position]
            position += 1
            if isQuoted {
                if byte != quote {
                    field.append(byte)
                } else if position < line.endIndex, line[position] == quote {
                    field.append(quote)
                    position += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote, field.allSatisfy({ $0 == 0x20 }) {
                isQuoted = true
            } else if byte == separator {
                end()
            } else if byte != 0x0D {
                field.append(byte)
            }
        }
        end()
        return isQuoted ? nil : fields
    }
}
