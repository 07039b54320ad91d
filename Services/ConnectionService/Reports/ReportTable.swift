import Venue

/// A report as comma-separated values: a line for each figure.
///
/// `section` is `event`, `zone`, `session`, `flow` or `people_met`. Zones and sessions have a code and a name, flows also those
/// of the zone to which persons went. Hidden figures have no line.
struct ReportTable {
    private var csv = CSVWriter()

    private static let columns = ["section", "code", "name", "to_code", "to_name", "measure", "value"]

    /// The lines in parts of one section each.
    static func parts(of figures: DayFigures) -> [@Sendable () -> [UInt8]] {
        [
            {
                var table = ReportTable()
                table.csv.writeNames(columns)
                table.write("event", ["", "", "", ""], [("visitors", figures.visitors.map(Double.init))])
                table.write(figures.peopleMet)
                return table.csv.takeBytes()
            },
            { bytes(of: figures.zones) { $0.write($1) } },
            { bytes(of: figures.sessions) { $0.write($1) } },
            { bytes(of: figures.flows) { $0.write($1) } },
        ]
    }

    private static func bytes<Row>(of rows: [Row], _ write: (inout ReportTable, Row) -> Void) -> [UInt8] {
        var table = ReportTable()
        for row in rows { write(&table, row) }
        return table.csv.takeBytes()
    }

    private mutating func write(_ met: PeopleMet?) {
        guard let met else { return }
        let measures: [(String, Int?)] = [
            ("persons", met.persons), ("lower_quartile", met.lowerQuartile), ("median", met.median),
            ("upper_quartile", met.upperQuartile), ("meetings", met.meetings), ("minutes", met.minutes),
        ]
        write("people_met", ["", "", "", ""], measures.map { ($0, $1.map(Double.init)) })
    }

    private mutating func write(_ row: ZoneFigures) {
        let texts = [row.zone.code, row.zone.name, "", ""]
        write("zone", texts, [("visitors", row.visitors.map(Double.init))])
        if let peak = row.peak {
            write("zone", texts, "peak_start", peak.start)
            write("zone", texts, [("peak_persons", Double(peak.persons))])
        }
        guard let dwell = row.dwell else { return }
        write(
            "zone",
            texts,
            [
                ("lower_quartile", Double(dwell.lowerQuartile)), ("median", Double(dwell.median)),
                ("upper_quartile", Double(dwell.upperQuartile)), ("return_share", dwell.returnShare),
            ]
        )
    }

    private mutating func write(_ row: SessionFigures) {
        let texts = [row.code, row.title, "", ""]
        write("session", texts, "start", row.start)
        write("session", texts, "end", row.end)
        write("session", texts, [("attendees", row.attendees.map(Double.init))])
    }

    private mutating func write(_ row: FlowFigures) {
        let texts = [row.from.code, row.from.name, row.to.code, row.to.name]
        write("flow", texts, [("persons", Double(row.persons))])
    }

    private mutating func write(_ section: String, _ texts: [String], _ measures: [(name: String, value: Double?)]) {
        for case (let name, let value?) in measures { write(section, texts, name, value.shortDescription) }
    }

    private mutating func write(_ section: String, _ texts: [String], _ measure: String, _ value: String) {
        for text in [section] + texts + [measure, value] { csv.write([text]) }
        csv.endLine()
    }
}
