import Models

extension Seeding.Report: CustomStringConvertible {
    /// The summary at the end of the output.
    var description: String {
        var text = "\(persons) persons created\n"
        if let event { text += "event \(event.rawValue) has the plan and the programme\n" }
        if let importedPerson { text += "files imported for person \(importedPerson.rawValue)\n" }
        if phones > 0 { text += "\(phones) phones registered, two for each person who carries two\n" }
        text += "\(locations.sent) locations sent, \(locations.accepted) accepted, \(locations.rejected) rejected\n"
        if let repeats, repeats > 0 {
            text +=
                "\(repeats) of them repeat a person, phone, time and place that came before: the service stores these once\n"
        }
        if let exchanged, exchanged > 0 { text += "\(exchanged) rows had latitude and longitude exchanged\n" }
        if let meetings { text += "\(meetings) true meetings written\n" }
        for refusal in locations.refusals { text += "rejected: \(refusal)\n" }
        if problemCount > 0 { text += "\(problemCount) lines or rows could not be used:\n" }
        for problem in problems { text += "  \(problem)\n" }
        if problemCount > problems.count { text += "  …\n" }
        return text
    }
}

extension LocationUpload.Summary {
    mutating func add(_ other: LocationUpload.Summary) {
        sent += other.sent
        accepted += other.accepted
        rejected += other.rejected
        refusals += other.refusals.prefix(UdaConnectClient.Verdict.longestList - refusals.count)
    }
}
