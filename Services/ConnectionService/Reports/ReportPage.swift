import HTTPServer
import Models
import Venue

/// A report as an HTML document that can be printed: without scripts, with its style inside.
struct ReportPage: Sendable {
    private let report: EventReport
    private let event: Event
    private let figures: DayFigures

    init(_ report: EventReport, of event: Event, _ figures: DayFigures) {
        (self.report, self.event, self.figures) = (report, event, figures)
    }

    /// The headers of the document: it may only show itself.
    static let headers: HTTPHeaders = [
        "Content-Security-Policy":
            "default-src 'none'; style-src \(source); img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        "Permissions-Policy": Response.noPermissions,
        "Referrer-Policy": "no-referrer",
    ]

    /// The source expression that allows the style (CSP level 3, section 2.3.1).
    private static let source = "'sha256-\(Base64.encode(SHA256Digest.of(Array("\n\(style)\n".utf8))))'"

    /// The document in parts, so that only one table at a time is text.
    var parts: [@Sendable () -> [UInt8]] {
        [
            { Array(head.utf8) }, { Array(zones.utf8) }, { Array(sessions.utf8) }, { Array(flows.utf8) },
            { Array(end.utf8) },
        ]
    }

    private var head: String {
        let (name, day) = (event.details.name.escaped, report.date.description)
        let totals = totals.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(name), \(day)</title>
            <link rel="icon" href="data:,">
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            <h1><bdi>\(name)</bdi></h1>
            <p class="day">Report of <time datetime="\(day)">\(day)</time>, \(report.timeZone.escaped)</p>
            <p>Each figure is about at least five people, and numbers of people are multiples of five. “Under 5” may be zero.</p>
            <dl>
            \(totals)
            </dl>

            """
    }

    /// The figures of the whole day, with their names.
    private var totals: [(String, String)] {
        let met = figures.peopleMet
        return [
            ("Visitors", figures.visitors.text),
            ("People who met others", (met?.persons).text),
            ("Others met, median", Self.text(met) { $0.median.text }),
            ("Others met, middle half", Self.text(met) { "\($0.lowerQuartile.text) – \($0.upperQuartile.text)" }),
            ("Meetings", Self.text(met) { $0.meetings.text }),
            ("Time together", Self.text(met) { "\($0.minutes.text) min" }),
        ]
    }

    /// The text of figures, or a dash if they are missing.
    private static func text<Figures>(_ figures: Figures?, _ text: (Figures) -> String) -> String {
        figures.map(text) ?? "–"
    }

    private var zones: String {
        let most = figures.zones.compactMap(\.visitors).max() ?? 1
        let rows = figures.zones.map { row -> [String] in
            [
                Self.name(row.zone.name),
                Self.bar(row.visitors, of: most),
                Self.text(row.peak) { "\(Self.clock($0.start)), \($0.persons.text)" },
                Self.text(row.dwell) { "\($0.median / 60) min" },
                Self.text(row.dwell) { "\($0.lowerQuartile / 60) – \($0.upperQuartile / 60) min" },
                Self.text(row.dwell) { "\(Int(($0.returnShare * 100).rounded())) %" },
            ]
        }
        let heads = ["Room", "Visitors", "Peak", "Visit, median", "Visit, middle half", "Came back"]
        return Self.table("Rooms", heads, rows)
    }

    private var sessions: String {
        let most = figures.sessions.compactMap(\.attendees).max() ?? 1
        let rows = figures.sessions.map { row in
            [
                Self.name(row.title), "\(Self.clock(row.start)) – \(Self.clock(row.end))",
                Self.bar(row.attendees, of: most),
            ]
        }
        return Self.table("Sessions", ["Session", "Time", "Attendees"], rows)
    }

    private var flows: String {
        let most = figures.flows.map(\.persons).max() ?? 1
        let rows = figures.flows.map { row in
            [Self.name(row.from.name), Self.name(row.to.name), Self.bar(row.persons, of: most)]
        }
        return Self.table("Where people went next", ["From", "To", "People"], rows)
    }

    private var end: String {
        """
        <footer>Made at \(report.madeAt.description.prefix(19).replacing("T", with: " ")) UTC, and not changed since.</footer>
        </main>
        </body>
        </html>

        """
    }

    /// A table, whose first cells name the rows; nothing is a sentence.
    private static func table(_ caption: String, _ heads: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "<section><h2>\(caption)</h2><p>No figures.</p></section>\n" }
        let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
        let body = rows.map { cells in
            let rest = cells.dropFirst().map { "<td>\($0)</td>" }.joined()
            return "<tr><th scope=\"row\">\(cells.first ?? "")</th>\(rest)</tr>\n"
        }
        return
            "<table><caption>\(caption)</caption>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body.joined())</tbody></table>\n"
    }

    /// A name in its own direction.
    private static func name(_ text: String) -> String { "<bdi>\(text.escaped)</bdi>" }

    /// A number with a bar.
    private static func bar(_ number: Int?, of most: Int) -> String {
        guard let number else { return number.text }
        let width = "<rect width=\"\(number * 100 / max(most, 1))%\" height=\"100%\"/>"
        return "<span class=\"number\">\(number.text)</span><svg aria-hidden=\"true\">\(width)</svg>"
    }

    /// The hours and minutes of a local time.
    private static func clock(_ time: String) -> Substring { time.dropFirst(11).prefix(5) }

    private static let style = """
        :root { color-scheme: light; }
        body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1d21; background: #fff; max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { margin: 0; overflow-wrap: anywhere; }
        .day { font-size: 1.25rem; margin: 0 0 1rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 1rem 0; }
        dl div { border: 1px solid #d5d8de; border-radius: .5rem; padding: .5rem .75rem; }
        dt { font-size: .875rem; color: #565b66; } dd { margin: 0; font-size: 1.5rem; }
        table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
        caption, h2 { font-size: 1.25rem; font-weight: 600; text-align: start; padding: .25rem 0; margin: 0; }
        th, td { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #d5d8de; }
        th { font-weight: 400; overflow-wrap: anywhere; } thead th { font-weight: 600; }
        td { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .number { display: inline-block; min-width: 3.5rem; }
        svg { width: 8rem; height: .75rem; fill: #0b57d0; }
        footer { color: #565b66; font-size: .875rem; }
        @media print { body { max-width: none; padding: 0; } tr { break-inside: avoid; } svg { print-color-adjust: exact; } }
        @media (max-width: 40rem) { svg { display: none; } th, td { font-size: .875rem; } }
        """
}

extension Int? {
    /// The number, or that it is hidden.
    fileprivate var text: String { map(\.text) ?? "under 5" }
}

extension Int {
    /// The number, which is not negative, with commas between thousands.
    fileprivate var text: String {
        self < 1_000 ? String(self) : "\((self / 1_000).text),\(String(1_000 + self % 1_000).dropFirst())"
    }
}

extension String {
    /// Text of users in the content of an HTML document.
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
