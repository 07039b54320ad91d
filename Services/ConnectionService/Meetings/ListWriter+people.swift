import JSON
import Models
import Presence
import RESTContract
import Venue

extension ListWriter {
    /// The columns of a person met.
    static let peopleColumns =
        CSVWriter.personColumns + [
            "together", "probability", "encounters", "places", "first_encounter", "last_encounter", "significance",
            "attended", "attended_seconds", "attended_weight",
        ]

    /// Writes a person met.
    mutating func write(_ row: PersonRow, with other: Person, _ names: EventNames) {
        switch format {
        case .json, .geoJSON: row.write(with: other, names, to: &json)
        case .csv:
            csv.write(other)
            row.writeFields(to: &csv)
            csv.endLine()
        case .vCard: cards.append(contentsOf: row.card(of: other).utf8)
        }
    }
}

extension PersonRow {
    /// Writes a JSON object; without a meeting, its numbers are 0.
    func write(with other: Person, _ names: EventNames, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.writePerson(other)
            writer.member("together", short: (met?.seconds ?? 0).roundedToTenths)
            writer.member("probability", short: (met?.probability ?? 0).roundedToThousandths)
            writer.member("encounters", met?.meetings ?? 0)
            writer.member("places", met?.places ?? 0)
            if let firstTime { writer.member("first_encounter", firstTime.description) }
            if let lastTime { writer.member("last_encounter", lastTime.description) }
            writer.member("significance", short: (met?.evidence ?? 0).roundedToTenths)
            names.write(attended, to: &writer)
        }
    }

    fileprivate func writeFields(to csv: inout CSVWriter) {
        csv.write((met?.seconds ?? 0).roundedToTenths)
        csv.write((met?.probability ?? 0).roundedToThousandths)
        csv.write(Double(met?.meetings ?? 0))
        csv.write(Double(met?.places ?? 0))
        csv.write(firstTime)
        csv.write(lastTime)
        csv.write((met?.evidence ?? 0).roundedToTenths)
        csv.write(attended.map { [$0.reason] } ?? [])
        csv.write((attended?.common.seconds ?? 0).roundedToTenths)
        csv.write((attended?.common.weight ?? 0).roundedToThousandths)
    }

    /// A note about the meetings and what both attended.
    private var note: String {
        let minutes = Int(((met?.seconds ?? 0) / 60).rounded())
        let day = firstTime.map { " on \($0.day)" } ?? ""
        let meetings = met.map { _ in "Met\(day), \(minutes) minutes in all." }
        return [meetings, attended.map { $0.reason + "." }].compactMap { $0 }.joined(separator: " ")
    }

    /// A card with name, company and a note.
    fileprivate func card(of other: Person) -> String {
        VCard.card(of: other, [("NOTE", note)])
    }

    private var firstTime: Timestamp? { met?.firstMeeting.map { Timestamp(microseconds: $0) } }
    private var lastTime: Timestamp? { met?.lastMeeting.map { Timestamp(microseconds: $0) } }
}
