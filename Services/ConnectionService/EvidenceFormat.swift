import JSON
import Models
import Proximity

extension EncounterEvidence {
    /// Writes what was asked, the meetings and the pairs of locations.
    func write(to writer: inout JSONWriter, _ own: Person, _ other: Person, _ question: EncounterQuestion) {
        writer.beginObject()
        writer.writePersons(own, other)
        question.rule.write(to: &writer)
        writer.key("encounters")
        writer.beginArray()
        for meeting in meetings { meeting.write(to: &writer) { _ in } }
        writer.endArray()
        writer.member("sample_count", count)
        writer.member("is_cut", samples.count < count)
        writer.key("samples")
        writer.beginArray()
        for sample in samples { sample.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }
}

extension EncounterRule {
    /// Writes the member `rule`: metres and seconds.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("rule")
        writer.beginObject()
        writer.member("distance", short: radius.metres)
        writer.member("leaving_distance", short: leavingRadius)
        writer.member("within", short: Double(within.microseconds) / 1_000_000)
        writer.member("gap", short: Double(gap.microseconds) / 1_000_000)
        writer.endObject()
    }
}

extension EncounterEvidence.Sample {
    fileprivate func write(to writer: inout JSONWriter) {
        let (own, other) = (pair.own.report, pair.other.report)
        writer.beginObject()
        writer.member("verdict", verdict.rawValue)
        writer.key("encounter")
        if let meeting { writer.value(meeting) } else { writer.null() }
        writer.member("distance", short: pair.distance.roundedToThousandths)
        let apart = other.creationTime.microseconds - own.creationTime.microseconds
        writer.member("time_apart", short: Double(apart) / 1_000_000)
        writer.key("own")
        pair.own.write(to: &writer)
        writer.key("other")
        pair.other.write(to: &writer)
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes the member `persons`.
    mutating func writePersons(_ first: Person, _ second: Person) {
        key("persons")
        beginArray()
        first.write(to: &self)
        second.write(to: &self)
        endArray()
    }
}
